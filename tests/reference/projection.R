# Run in this folder: Rscript projection.R. Writes projection.csv with lm, predict and confint of base R; the data stand here and in the test.
# "spending": made-up, 13 years. "gap": a year lacking, five points. "four": the least number of points.
series <- list(
  spending = data.frame(year = 2012:2024, value = c(112.4, 115.9, 113.2, 118.8, 120.1, 121.3, 127.9, 126.4, 133.0, 131.8, 139.5, 146.1, 148.0)),
  gap = data.frame(year = c(2018, 2019, 2021, 2022, 2023), value = c(5.1, 5.3, 5.2, 5.9, 6.1)),
  four = data.frame(year = 2020:2023, value = c(90, 70, 85, 40)))
rows <- lapply(names(series), function(name) lapply(c(0.8, 0.95), function(level) {
  data <- series[[name]]
  fit <- lm(value ~ year, data)
  every <- data.frame(year = min(data$year):2030)
  limits <- predict(fit, every, interval = "prediction", level = level)
  slope <- confint(fit, "year", level = level)
  data.frame(series = name, level = level, year = every$year, fitted = limits[, "fit"], lower = limits[, "lwr"], upper = limits[, "upr"],
             slope = coef(fit)[["year"]], slope_lower = slope[1], slope_upper = slope[2],
             correlation = cor(data$year, data$value), last_residual = tail(residuals(fit), 1))
}))
table <- do.call(rbind, unlist(rows, recursive = FALSE))
writeLines(paste0("# ", R.version.string, ", by projection.R: lm, predict(interval = \"prediction\"), confint and cor of base R"), "projection.csv")
suppressWarnings(write.table(format(table, digits = 15), "projection.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

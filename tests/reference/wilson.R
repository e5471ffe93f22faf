# Run in this folder: Rscript wilson.R. Writes wilson.csv and wilson_finite.csv with base R's prop.test.
write_table <- function(table, file, what) {
  writeLines(c(paste0("# ", R.version.string, ", base R only, by wilson.R: ", what)), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
limits <- function(x, n, level) suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE))$conf.int

cases <- data.frame(x = c(221, 434, 2035, 192, 0, 10, 1), n = c(3631, 11055, 39079, 595, 10, 10, 3))
cases <- merge(cases, data.frame(confidence = c(0.95, 0.998)))
ci <- t(mapply(limits, cases$x, cases$n, cases$confidence))
write_table(cbind(cases, lower = ci[, 1], upper = ci[, 2]), "wilson.csv",
            "prop.test(x, n, conf.level = confidence, correct = FALSE)$conf.int")

# Finite population: the same with effective sample size n (N - 1) / (N - n); prop.test takes broken counts.
cases <- data.frame(x = c(45, 3, 0, 120), n = c(91, 91, 20, 595), population = c(100, 120, 25, 1800))
m <- with(cases, n * (population - 1) / (population - n))
ci <- t(mapply(limits, cases$x / cases$n * m, m, 0.95))
write_table(cbind(cases, lower = ci[, 1], upper = ci[, 2]), "wilson_finite.csv",
            "prop.test(x / n * m, m, correct = FALSE)$conf.int with m = n (N - 1) / (N - n)")

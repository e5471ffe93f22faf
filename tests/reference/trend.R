# Run in this folder: Rscript trend.R. Writes trend.csv with lm(weights=) and glm of base R; the data stand here and in the test.
# Shares: glm(quasi(link = "identity", variance = "mu(1-mu)"), weights = n), for quasibinomial() has no identity link. Their dispersion is
# kept at 1 or more by hand. Last rows: glm(quasibinomial), logit link, with its slope per period as a share (average marginal effect).
year <- 2013:2024
y <- c(4.9, 5.0, 5.0, 5.3, 5.2, 5.5, 5.4, 9.9, 9.0, 6.6, 6.8, 6.7)
w <- c(310, 305, 330, 290, 280, 300, 315, 320, 310, 305, 300, 295)
error <- c(0.4, 0.4, 0.3, 0.4, 0.4, 0.4, 0.3, 0.4, 0.4, 0.3, 0.4, 0.4)
n <- c(5210, 5180, 5240, 5300, 5350, 5400, 5380, 5420, 5450, 5500, 5480, 5510)
x <- list(calm = c(255, 258, 262, 270, 278, 280, 285, 290, 301, 340, 344, 350),
          wild = c(255, 301, 240, 310, 262, 330, 270, 345, 290, 402, 330, 410))
kept <- !year %in% c(2020, 2021)
after <- list(none = list(), one = list(2022), two = list(2017, 2022))
limits <- function(case, what, b, variance, df) {
  e <- sqrt(variance); t <- qt(0.975, df)
  data.frame(case, what, estimate = b, lower = b - t * e, upper = b + t * e, p_value = 2 * pt(-abs(b / e), df))
}
rows <- list(); add <- function(...) rows[[length(rows) + 1]] <<- limits(...)
for (name in names(after)) {
  breaks <- after[[name]]
  design <- cbind(slope = year - 2013, do.call(cbind, lapply(breaks, function(b) as.numeric(year >= b))))[kept, , drop = FALSE]
  part <- c("slope", unlist(breaks))
  for (kind in c("weights", "errors")) {
    fit <- lm(y[kept] ~ design, weights = if (kind == "weights") w[kept] else 1 / error[kept]^2)
    scale <- if (kind == "weights") 1 else max(1, summary(fit)$sigma^2) / summary(fit)$sigma^2
    for (i in seq_along(part)) add(paste(kind, name), part[i], coef(fit)[[i + 1]], vcov(fit)[i + 1, i + 1] * scale, fit$df.residual)
  }
  for (kind in names(x)) {
    share <- (x[[kind]] / n)[kept]
    fit <- glm(share ~ design, family = quasi(link = "identity", variance = "mu(1-mu)"), weights = n[kept],
               start = c(weighted.mean(share, n[kept]), rep(0, ncol(design))), control = glm.control(epsilon = 1e-13, maxit = 100))
    phi <- summary(fit)$dispersion
    for (i in seq_along(part))
      add(paste(kind, name), part[i], coef(fit)[[i + 1]], vcov(fit)[i + 1, i + 1] * max(1, phi) / phi, fit$df.residual)
    logit <- glm(share ~ design, family = quasibinomial, weights = n[kept])
    average <- mean(fitted(logit) * (1 - fitted(logit))); phi <- summary(logit)$dispersion
    add(paste(kind, name, "logit"), "slope", coef(logit)[[2]] * average, vcov(logit)[2, 2] * average^2 * max(1, phi) / phi, fit$df.residual)
  }
}
table <- do.call(rbind, rows)
writeLines(paste0("# ", R.version.string, ", by trend.R: lm(weights), glm(quasi, identity link) and glm(quasibinomial) of base R"), "trend.csv")
suppressWarnings(write.table(format(table, digits = 15), "trend.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

# Run in this folder: Rscript ratios.R. Writes ratio_funnel.csv, shrinkage.csv and disproportionality.csv.
suppressMessages({library(spdep); library(epitools)})
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", by ratios.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
# Funnel of observed/expected: exact Poisson, interpolated; normal on the square root with variance between units.
exact <- function(e, q) {
  r <- qpois(q, e)
  pmax(r - (ppois(r, e) - q) / dpois(r, e), 0) / e
}
root <- function(e, q, v) pmax(1 + qnorm(q) * sqrt(1 / (4 * e) + v / 4), 0)^2
g <- expand.grid(expected = c(0.5, 2, 4.9, 20.3, 250, 2000.5), confidence = c(0.95, 0.998), between = c(0, 0.01, 0.09))
limit <- function(q) with(g, ifelse(between == 0, exact(expected, q), root(expected, q, between)))
write_table(data.frame(g, lower = limit((1 - g$confidence) / 2), upper = limit((1 + g$confidence) / 2)), "ratio_funnel.csv",
            "base R only: qpois, ppois and dpois with Spiegelhalter's interpolation; qnorm on the square root")

# Empirical Bayes: ten made-up districts with spread, and ten with so little that nothing is left of it.
o <- c(2, 9, 14, 0, 25, 40, 7, 11, 3, 60, 5, 8, 11, 3, 25, 32, 9, 10, 5, 47)
e <- c(5.2, 8.1, 9.9, 3.3, 30.2, 31.7, 9.4, 10.3, 4.8, 48.6, 5.2, 8.1, 9.9, 3.3, 26.2, 31.7, 9.4, 10.3, 4.8, 48.6)
set <- rep(c("spread", "none"), each = 10)
bayes <- do.call(rbind, lapply(c("spread", "none"), function(s)
  data.frame(set = s, observed = o[set == s], expected = e[set == s],
             suppressWarnings(EBest(o[set == s], e[set == s], family = "poisson")))))
write_table(setNames(bayes, c("set", "observed", "expected", "ratio", "shrunken")), "shrinkage.csv",
            paste0("spdep ", packageVersion("spdep"), " EBest(n, x, family = \"poisson\")"))

# Disproportionality: a made-up municipality in a country, four groups.
x <- c(31, 12, 64, 15); n <- c(420, 95, 1310, 260); big <- c(0.52, 0.08, 0.31, 0.09); others <- c(0.055, 0.049, 0.061, 0.05)
weighted <- function(i, risk) (1 - big[i]) * risk[i] / sum((big * risk)[-i])
rows <- lapply(1:4, function(i) {
  cells <- matrix(c(sum(n[-i]) - sum(x[-i]), n[i] - x[i], sum(x[-i]), x[i]), 2)
  katz <- riskratio.wald(cells)$measure[2, ]
  risk <- x / n; h <- 1e-6
  slope <- sapply(1:4, function(j) { up <- risk; up[j] <- up[j] + h; low <- risk; low[j] <- low[j] - h
                                     (log(weighted(i, up)) - log(weighted(i, low))) / (2 * h) })
  error <- sqrt(sum(slope^2 * risk * (1 - risk) / n)); w <- weighted(i, risk)
  data.frame(numerator = x[i], denominator = n[i], reference_risk = others[i], reference_share = big[i], risk_ratio = katz[1],
             risk_ratio_lower = katz[2], risk_ratio_upper = katz[3], weighted_risk_ratio = w,
             weighted_risk_ratio_lower = w * exp(-qnorm(0.975) * error), weighted_risk_ratio_upper = w * exp(qnorm(0.975) * error))
})
write_table(do.call(rbind, rows), "disproportionality.csv", paste0("epitools ", packageVersion("epitools"),
            " riskratio.wald (Katz); the weighted ratio from its definition, error with numerical slopes, base R"))

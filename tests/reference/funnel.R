# Run in this folder: Rscript funnel.R. Writes funnel.csv and overdispersion.csv with base R.
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", base R only, by funnel.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
# Spiegelhalter (2005), Appendix A.1.1: r = inverse binomial, interpolated, cut at 0.
limit <- function(n, theta, q) {
  r <- qbinom(q, n, theta)
  alpha <- (pbinom(r, n, theta) - q) / (pbinom(r, n, theta) - pbinom(r - 1, n, theta))
  pmax(r - alpha, 0) / n
}
g <- expand.grid(n = c(1, 20, 91, 595, 3631, 11055, 39079), reference = c(0.01, 0.052, 0.5, 0.9),
                 confidence = c(0.95, 0.998))
low <- (1 - g$confidence) / 2
high <- (1 + g$confidence) / 2
write_table(data.frame(g, lower = limit(g$n, g$reference, low), upper = limit(g$n, g$reference, high),
                       count_lower = qbinom(low, g$n, g$reference), count_upper = qbinom(high, g$n, g$reference)),
            "funnel.csv", "qbinom and pbinom with the interpolation of Spiegelhalter (2005), A.1.1")

# Overdispersion of ten made-up units around 0.05: quantiles of type 7, pmin and pmax.
x <- c(2, 5, 9, 12, 30, 41, 60, 75, 20, 4)
n <- c(91, 120, 180, 260, 400, 595, 1200, 1800, 700, 88)
z <- (x / n - 0.05) / sqrt(0.05 * 0.95 / n)
phi <- function(w) mean(pmax(pmin(z, quantile(z, 1 - w, type = 7)), quantile(z, w, type = 7))^2)
w <- c(0, 0.05, 0.1, 0.2)
write_table(data.frame(winsorise = w, phi = sapply(w, phi)), "overdispersion.csv",
            "mean of squared z, winsorised at quantile(type = 7); counts stand in funnel.R and the test")

# Run in this folder: Rscript adjusted_funnel.R. Writes adjusted_funnel.csv: base R, metafor (DL) and spdep (EBest).
suppressMessages({library(metafor); library(spdep)})
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", by adjusted_funnel.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
exact <- function(n, theta, q) {
  r <- qbinom(q, n, theta)
  pmax(r - (pbinom(r, n, theta) - q) / dbinom(r, n, theta), 0) / n
}
# Twelve made-up units around 0.05: with more spread than chance gives ("spread") and with less ("quiet").
n <- c(1020, 1180, 1500, 1900, 2400, 3100, 4100, 5200, 6900, 9800, 18500, 39000)
counts <- list(spread = c(31, 92, 60, 128, 96, 190, 150, 331, 300, 590, 801, 2260),
               quiet = c(52, 57, 77, 93, 118, 157, 203, 262, 343, 492, 923, 1952))
rows <- function(set, level) {
  x <- counts[[set]]; theta <- 0.05
  z <- (x / n - theta) / sqrt(theta * (1 - theta) / n)
  phi <- mean(pmax(pmin(z, quantile(z, 0.9, type = 7)), quantile(z, 0.1, type = 7))^2)
  tau2 <- rma(yi = x / n, vi = theta * (1 - theta) / n, method = "DL")$tau2
  one <- sqrt(max(phi, 1)); each <- sqrt(1 + tau2 * n / (theta * (1 - theta)))
  low <- exact(n, theta, (1 - level) / 2); high <- exact(n, theta, (1 + level) / 2)
  out <- function(limit, f) pmin(pmax(theta + f * (limit - theta), 0), 1)
  data.frame(set = set, numerator = x, denominator = n, confidence = level, lower = out(low, one), upper = out(high, one),
             additive_lower = out(low, each), additive_upper = out(high, each), published_lower = theta + qnorm((1 - level) / 2) *
             one * sqrt(theta * (1 - theta) / n), published_upper = theta + qnorm((1 + level) / 2) * one * sqrt(theta * (1 - theta) / n))
}
table <- do.call(rbind, Map(rows, rep(names(counts), 2), rep(c(0.95, 0.998), each = 2)))
# Partial pooling of "spread": EBest gives the means; the beta's worth in persons follows from any of them.
x <- counts$spread
mean_of <- EBest(x, n, family = "binomial")$estmm
b <- sum(x) / sum(n)
own <- (mean_of - b) / (x / n - b)
worth <- median(n * (1 - own) / own)
pooled <- data.frame(pooled = mean_of, pooled_lower = qbeta(0.025, b * worth + x, (1 - b) * worth + n - x),
                     pooled_upper = qbeta(0.975, b * worth + x, (1 - b) * worth + n - x))
fits <- table$set == "spread"
table[names(pooled)] <- NA
table[fits, names(pooled)] <- pooled[rep(seq_along(x), 2), ]
write_table(table, "adjusted_funnel.csv", paste0("qbinom, pbinom, dbinom and quantile(type = 7), winsorised 0.1; metafor ",
            packageVersion("metafor"), " rma DL, not winsorised; spdep ", packageVersion("spdep"), " EBest binomial and qbeta"))

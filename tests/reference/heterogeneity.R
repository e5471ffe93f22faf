# Run in this folder: Rscript heterogeneity.R. Writes heterogeneity.csv with metafor; the data stand here and in the test.
library(metafor)
d <- c(1.2, -0.4, 3.1, 0.3, -2.2, 0.9, 4.0, 1.1, -1.7, 0.2, 2.6, -0.8)
v <- c(0.5, 0.9, 1.4, 0.3, 0.8, 1.1, 0.7, 0.4, 2.0, 0.6, 1.0, 0.5)
n <- c(300, 210, 90, 410, 150, 120, 260, 330, 60, 280, 140, 390)
g <- c("a", "a", "a", "a", "b", "b", "b", "b", "b", "c", "c", "c")
z <- (d - weighted.mean(d, 1 / v)) / sqrt(v)
winsorised <- function(part) {
  q <- quantile(z, c(part, 1 - part), type = 7)
  (sum(pmin(pmax(z, q[1]), q[2])^2) - 11) / (sum(1 / v) - sum(1 / v^2) / sum(1 / v))
}
table <- data.frame(
  case = c("DL", "GENQ, weights n", "DL, groups", "GENQ, groups, weights n", "winsorised 0.1 (base R)", "winsorised 0.2 (base R)"),
  tau2 = c(rma(d, v, method = "DL")$tau2, rma(d, v, method = "GENQ", weights = n)$tau2,
           rma(d, v, mods = ~ g - 1, method = "DL")$tau2, rma(d, v, mods = ~ g - 1, method = "GENQ", weights = n)$tau2,
           winsorised(0.1), winsorised(0.2)))
table$case <- gsub(",", ";", table$case)
writeLines(paste0("# ", R.version.string, ", metafor ", packageVersion("metafor"), " rma(...)$tau2, by heterogeneity.R"), "heterogeneity.csv")
suppressWarnings(write.table(format(table, digits = 15), "heterogeneity.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

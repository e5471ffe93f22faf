# Run in this folder: Rscript prices.R. Writes prices.csv and growth_split.csv with sums in base R; no package for R 4.2.2 was at hand.
# Prices and quantities of six goods in five periods: ILO et al. (2004), Producer Price Index Manual, tables 19.1 and 19.2, as
# in Balk (2008), Price and Quantity Index Numbers, tables 3.1 and 3.2. The test holds the indices printed for them as well.
p <- cbind(c(1, 1, 1, 1, 1, 1), c(1.2, 3, 1.3, 0.7, 1.4, 0.8), c(1, 1, 1.5, 0.5, 1.7, 0.6), c(0.8, 0.5, 1.6, 0.3, 1.9, 0.4),
           c(1, 1, 1.6, 0.1, 2, 0.2))
q <- cbind(c(1, 1, 2, 1, 4.5, 0.5), c(0.8, 0.9, 1.9, 1.3, 4.7, 0.6), c(1, 1.1, 1.8, 3, 5, 0.8), c(1.2, 1.2, 1.9, 6, 5.6, 1.3),
           c(0.9, 1.2, 2, 12, 6.5, 2.5))
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", by prices.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
indices <- function(t) {
  at_start <- c(sum(p[, t] * q[, 1]) / sum(p[, 1] * q[, 1]), sum(q[, t] * p[, 1]) / sum(p[, 1] * q[, 1]))
  at_end <- c(sum(p[, t] * q[, t]) / sum(p[, 1] * q[, t]), sum(p[, t] * q[, t]) / sum(p[, t] * q[, 1]))
  data.frame(period = t, method = rep(c("laspeyres", "paasche", "fisher"), each = 2), what = c("price", "volume"),
             index = c(at_start, at_end, sqrt(at_start * at_end)))
}
write_table(do.call(rbind, lapply(1:5, indices)), "prices.csv", "sums of products, base R")

# Growth: volumes and unit costs move from start to end, and the change in spending is the integral of p dq (volume and mix) plus
# that of q dp (price). Bennet moves both at once in a straight line, Laspeyres volumes first, Paasche unit costs first. Of p dq
# the volume is dQ at the average unit cost of the start, the end or the mean of both; mix is the rest.
integral <- function(f) integrate(Vectorize(f), 0, 1, rel.tol = 1e-12)$value
average <- function(t) sum(p[, t] * q[, t]) / sum(q[, t])
split <- function(t, method) {
  dq <- q[, t] - q[, 1]; dp <- p[, t] - p[, 1]
  p_at <- list(bennet = function(s) p[, 1] + s * dp, laspeyres = function(s) p[, 1], paasche = function(s) p[, t])[[method]]
  q_at <- list(bennet = function(s) q[, 1] + s * dq, laspeyres = function(s) q[, t], paasche = function(s) q[, 1])[[method]]
  at <- c(bennet = (average(1) + average(t)) / 2, laspeyres = average(1), paasche = average(t))[[method]]
  quantity <- integral(function(s) sum(p_at(s) * dq))
  data.frame(period = t, method = method, change = sum(p[, t] * q[, t]) - sum(p[, 1] * q[, 1]), volume = sum(dq) * at,
             mix = quantity - sum(dq) * at, price = integral(function(s) sum(q_at(s) * dp)))
}
splits <- lapply(2:5, function(t) do.call(rbind, lapply(c("bennet", "laspeyres", "paasche"), function(m) split(t, m))))
write_table(do.call(rbind, splits), "growth_split.csv", "integrals of p dq and q dp along a path (integrate), base R")

# Run in this folder: Rscript excess.R. Writes excess_exact.csv, excess_hard.csv (PoissonBinomial 1.2.5),
# excess_interval.csv and excess_student.csv (base R).
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", by excess.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 12), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
# Exact mid-P tails of a sum of unequal chances, at counts in the middle and far out on both sides.
library(PoissonBinomial)
beta <- function(n, a, b) qbeta((seq_len(n) - 0.5) / n, a, b)
chances <- list(beta_5 = beta(100, 0.5, 9.5), beta_20 = beta(400, 0.5, 9.5), beta_50 = beta(1000, 0.5, 9.5),
                beta_250 = beta(5000, 1, 19), beta_2000 = beta(40000, 0.5, 9.5), equal = rep(0.05, 200),
                two_kinds = c(rep(0.95, 3), rep(0.01, 300)), half = c(rep(0.6, 20), rep(0.02, 400)))
rows <- lapply(names(chances), function(name) {
  p <- chances[[name]]
  method <- if (length(p) > 1000) "DivideFFT" else "Convolve"
  mass <- dpbinom(NULL, p, method = method)
  q <- c(1e-5, 1e-3, 0.025, 0.5, 0.975, 1 - 1e-3, 1 - 1e-5)
  x <- unique(sapply(q, function(at) which(cumsum(mass) >= at)[1] - 1))
  below <- sapply(x, function(k) sum(mass[seq_len(k)]) + mass[k + 1] / 2)
  above <- sapply(x, function(k) sum(rev(mass[-seq_len(k + 1)])) + mass[k + 1] / 2)
  data.frame(case = name, observed = x, expected = sum(p), squared = sum(p^2), below = below, above = above)
})
write_table(do.call(rbind, rows), "excess_exact.csv",
            paste0("PoissonBinomial ", packageVersion("PoissonBinomial"),
                   "::dpbinom, method Convolve (over 1,000 persons DivideFFT), mid-P tails by summing"))

# The same model in other hands: pbeta, integrate over the normal in pieces, uniroot.
tail_above <- function(mu, o, n, v, d) {
  k <- o / d; m <- n / d
  at_least <- function(k, share) if (k <= 0) rep(1, length(share)) else if (m - k + 1 <= 0) rep(0, length(share)) else
    pbeta(share, k, m - k + 1)
  u <- function(mean) { share <- pmin(pmax(mean / n, 0), 1); (at_least(k, share) + at_least(k + 1, share)) / 2 }
  if (v == 0) return(u(mu))
  f <- function(z) u(mu + sqrt(v) * z) * dnorm(z)
  cuts <- sort(unique(c(-9, 9, seq(-9, 9, 0.5), pmin(9, pmax(-9, c(-mu, n - mu) / sqrt(v))))))
  sum(mapply(function(a, b) integrate(f, a, b, rel.tol = 1e-9, abs.tol = 1e-13)$value, head(cuts, -1), tail(cuts, -1)))
}
cases <- expand.grid(ratio = c(0, 0.4, 1.5, 3), d = c(1, 1.4), at = 1:9)
at <- data.frame(o = c(0, 3, 12, 17, 20, 230, 300, 2100, 2215),
                 e = c(4.2, 5.1, 4.9, 4.9, 31.5, 250, 250, 2000.5, 2000.5), part = c(.1, .15, .12, .12, .2, .1, .1, .12, .12))
found <- mapply(function(ratio, d, i) {
  o <- at$o[i]; e <- at$e[i]; s <- e * at$part[i]; n <- e^2 / s; v <- ratio^2 * max(o, 1)
  root <- function(side) {
    f <- function(mu) tail_above(mu, o, n, v, d) - side
    if (f(0) >= 0) 0 else if (f(n) <= 0) n else uniroot(f, c(0, n), tol = 1e-9)$root
  }
  above <- tail_above(e, o, n, v, d)
  c(observed = o, expected = e, squared = s, extra_variance = v, design_effect = d,
    lower = root(0.025) - e, upper = root(0.975) - e, p_value = 2 * min(above, 1 - above))
}, cases$ratio, cases$d, cases$at)
write_table(as.data.frame(t(found)), "excess_interval.csv", "base R only: pbeta, integrate over the normal, uniroot, at 95 %")

# Hard sums, where few near-certain persons carry the mean: exact mid-P tails of every count with a tail of 1e-4.
mean_of <- c(3, 6, 20, 60); ratios <- c(0.13, 0.37, 0.47, 0.6)
two <- function(e, r) {
  certain <- max(1, round((r - 0.03) * e / (0.95 * 0.92)))
  c(rep(0.95, certain), rep(0.03, max(0, round((e - 0.95 * certain) / 0.03))))
}
smooth <- function(e, r) { a <- (1 - r) / (r / 0.06 - 1); beta(round(e / 0.06), a, a / 0.06 - a) }
hard <- expand.grid(e = mean_of, r = ratios, kind = c("two_kinds", "beta"), stringsAsFactors = FALSE)
rows <- Map(function(e, r, kind) {
  p <- if (kind == "beta") smooth(e, r) else two(e, r)
  mass <- dpbinom(NULL, p, method = "Convolve"); x <- seq_along(mass) - 1
  below <- cumsum(mass) - mass / 2; above <- rev(cumsum(rev(mass))) - mass / 2
  data.frame(kind = kind, mean = e, ratio = r, observed = x, expected = sum(p), squared = sum(p^2), cubed = sum(p^3),
             below = below, above = above)[pmin(below, above) > 1e-4, ]
}, hard$e, hard$r, hard$kind)
write_table(do.call(rbind, rows), "excess_hard.csv",
            paste0("PoissonBinomial ", packageVersion("PoissonBinomial"), "::dpbinom, method Convolve, mid-P tails by summing"))

# Three moments and Student's t in other hands: pbeta, integrate over dt in pieces, uniroot.
student_above <- function(mu, o, model, v, df, d) {
  u <- function(mean) {
    s <- pmin(pmax(mean / model$e, 0), 1 / model$chance); k <- (o - model$fixed * s) / d; n <- model$trials / d
    at_least <- function(k) ifelse(k <= 0, 1, ifelse(n - k + 1 <= 0, 0,
      suppressWarnings(pbeta(pmin(1, model$chance * s), pmax(k, 1e-300), pmax(n - k + 1, 1e-300)))))
    (at_least(k) + at_least(k + 1)) / 2
  }
  if (v == 0) return(u(mu))
  f <- function(z) u(mu + sqrt(v) * sinh(z)) * dt(sinh(z), df) * cosh(z)
  cuts <- seq(-12, 12, 0.1)
  sum(mapply(function(a, b) integrate(f, a, b, rel.tol = 1e-8, abs.tol = 1e-13)$value, head(cuts, -1), tail(cuts, -1)))
}
cases <- expand.grid(ratio = c(0, 0.05, 0.25, 0.6, 1.5, 4), df = c(4, 15, 1e6), d = c(1, 1.4), at = 1:7)
at <- data.frame(o = c(0, 3, 15, 20, 45, 290, 360), e = c(4.2, 5.1, 4.9, 31.5, 20, 250, 250),
                 part = c(.1, .37, .3, .2, .47, .3, .13), third = c(.5, .75, .6, .8, .85, .7, .5))
found <- mapply(function(ratio, df, d, i) {
  o <- at$o[i]; e <- at$e[i]; s2 <- e * at$part[i]; s3 <- s2 * at$third[i]; k2 <- e - s2; k3 <- e - 3 * s2 + 2 * s3
  chance <- (1 - k3 / k2) / 2; trials <- k2 / (chance * (1 - chance)); v <- ratio^2 * max(o, 1)
  model <- list(e = e, chance = chance, trials = trials, fixed = e - trials * chance); top <- e / chance
  above <- student_above(e, o, model, v, df, d)
  root <- function(side) {
    f <- function(mu) student_above(mu, o, model, v, df, d) - side
    if (f(0) >= 0) 0 else if (f(top) <= 0) top else uniroot(f, c(0, top), tol = 1e-7)$root
  }
  c(observed = o, expected = e, squared = s2, cubed = s3, extra_variance = v, extra_df = df, design_effect = d,
    lower = root(0.025) - e, upper = root(0.975) - e, p_value = 2 * min(above, 1 - above))
}, cases$ratio, cases$df, cases$d, cases$at)
write_table(as.data.frame(t(found)), "excess_student.csv", "base R only: pbeta, integrate over dt, uniroot, at 95 %")

# Run in this folder: Rscript newcombe.R. Recomputes newcombe_1998.csv from prop.test and stops on a difference.
cases <- read.csv("newcombe_1998.csv", comment.char = "#")
wilson <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
for (i in seq_len(nrow(cases))) with(cases[i, ], {
  a <- wilson(x1, n1); b <- wilson(x2, n2); p <- x1 / n1; q <- x2 / n2
  ci <- (p - q) + c(-sqrt((p - a[1])^2 + (b[2] - q)^2), sqrt((a[2] - p)^2 + (q - b[1])^2))
  cat(contrast, sprintf("%.4f", ci), "\n")
  stopifnot(all(abs(ci - c(lower, upper)) < 5.1e-5))
})

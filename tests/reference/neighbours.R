# Run in this folder: Rscript neighbours.R. Writes neighbours.csv: mad and dist of base R, get.knnx of package FNN.
library(FNN)
write_table <- function(table, file, what) {
  writeLines(paste0("# ", R.version.string, ", by neighbours.R: ", what), file)
  suppressWarnings(write.table(format(table, digits = 15), file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
# Sixteen made-up units; e and f have missing values. Everything is seen from unit 3.
v <- cbind(a = c(4.1, 5.3, 4.8, 6.0, 4.4, 5.1, 9.9, 5.6, 3.9, 4.7, 5.2, 4.9, 5.8, 4.2, 5.0, 21.5),
           b = c(12, 15, 9, 22, 14, 17, 11, 13, 40, 16, 10, 18, 21, 19, 8, 20),
           c = c(0.31, 0.28, 0.44, 0.35, 0.29, 0.5, 0.41, 0.33, 0.38, 0.47, 0.36, 0.3, 0.42, 0.27, 0.39, 0.05),
           d = c(101, 340, 220, 150, 410, 290, 180, 260, 205, 330, 275, 195, 240, 310, 225, 160),
           e = c(1.1, NA, 2.3, 1.9, 2.8, 1.4, NA, 2.1, 1.7, 2.5, 2.2, 1.3, 2.6, NA, 1.8, 2.0),
           f = c(7, 9, NA, 8, 12, NA, 10, 11, 6, NA, 13, 14, 5, 15, 16, 4))
from <- 3; near <- 5; w <- c(a = 1, b = 2, c = 0.5, d = 1.5)
raw <- apply(v, 2, function(x) (x - median(x, na.rm = TRUE)) / mad(x, na.rm = TRUE))
z <- pmin(pmax(raw, -3), 3)
# dist scales its sum up by columns used, so over the square root of all columns it is a mean over those both have.
missing <- as.matrix(dist(z))[from, ] / sqrt(ncol(z))
complete <- sweep(z[, names(w)], 2, sqrt(w), "*")
place <- function(columns) {
  table <- complete[, columns, drop = FALSE]
  get.knnx(table[-from, , drop = FALSE], table[from, , drop = FALSE], k = nrow(v) - 1)
}
others <- seq_len(nrow(v))[-from]
all <- place(names(w))
weighted <- order <- rep(NA, nrow(v))
weighted[others[all$nn.index[1, ]]] <- all$nn.dist[1, ] / sqrt(sum(w))
order[others[all$nn.index[1, ]]] <- seq_along(others)
kept <- sapply(names(w), function(name) {
  chosen <- others[place(setdiff(names(w), name))$nn.index[1, 1:near]]
  as.integer(seq_len(nrow(v)) %in% chosen)
})
missing[from] <- NA
write_table(data.frame(v, z = z, drawn_in = ifelse(is.na(raw), 0, as.integer(abs(raw) > 3)), weighted, order, without = kept, missing),
            "neighbours.csv", paste0("mad (constant 1.4826) and dist of base R; FNN ", packageVersion("FNN"),
            " get.knnx on columns times the root of their weight (1, 2, 0.5, 1.5); from unit 3; without.: among the 5 nearest"))

# Run in this folder: Rscript multiplicity.R. Writes multiplicity.csv: p-values made up, adjusted by stats::p.adjust.
set.seed(7)
p <- c(runif(12)^3, 0.03, 0.03, 0, 1)
writeLines(paste0("# ", R.version.string, ", by multiplicity.R: stats::p.adjust, p-values made up (set.seed(7), with ties, 0 and 1)"),
           "multiplicity.csv")
table <- data.frame(p = p, holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH"))
suppressWarnings(write.table(format(table, digits = 15), "multiplicity.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

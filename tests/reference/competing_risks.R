# Run in this folder: Rscript competing_risks.R. Writes competing_risks_spells.csv (made up, with ties) and competing_risks.csv.
library(survival)
library(cmprsk)
set.seed(5)
n <- 160
time <- ceiling(12 * rexp(n, 0.5)) / 4
event <- sample(c("returned", "moved", "left", ""), n, TRUE, c(0.3, 0.2, 0.1, 0.4))
event[time > 11] <- ""
time <- pmin(time, 11)
head_line <- paste0("# ", R.version.string, ", by competing_risks.R: ")
writeLines(paste0(head_line, "made-up spells, set.seed(5)"), "competing_risks_spells.csv")
suppressWarnings(write.table(data.frame(time, event), "competing_risks_spells.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
kinds <- c("left", "moved", "returned")
state <- factor(event, c("", kinds))
fit <- survfit(Surv(time, state) ~ 1, conf.type = "log-log", id = seq_len(n))
single <- survfit(Surv(time, event != "") ~ 1, conf.type = "log-log")
other <- cuminc(time, as.integer(state) - 1, cencode = 0)
rows <- lapply(c(0.5, 3, 6.1, 11), function(at) {
  s <- summary(fit, times = at); k <- summary(single, times = at)
  stopifnot(abs(timepoints(other, at)$est - s$pstate[1, -1]) < 1e-12)
  data.frame(at = at, event = c(kinds, "any"), incidence = c(s$pstate[1, -1], 1 - k$surv), lower = c(s$lower[1, -1], 1 - k$upper),
             upper = c(s$upper[1, -1], 1 - k$lower), error = c(s$std.err[1, -1], k$std.err),
             events = c(sapply(kinds, function(e) sum(event == e & time <= at)), sum(event != "" & time <= at)))
})
writeLines(paste0(head_line, "survival ", packageVersion("survival"), " survfit (Aalen-Johansen, infinitesimal jackknife; row any: 1 - ",
                  "Kaplan-Meier, Greenwood), conf.type log-log; cmprsk ", packageVersion("cmprsk"), " cuminc has the same estimates"), "competing_risks.csv")
suppressWarnings(write.table(format(do.call(rbind, rows), digits = 15), "competing_risks.csv", append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

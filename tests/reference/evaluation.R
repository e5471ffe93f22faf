# Run in this folder: Rscript evaluation.R. Writes evaluation.csv (one number a row) and its made-up data: evaluation_pupils.csv,
# evaluation_panel.csv, evaluation_units.csv. Which package gave a number stands in its row; base R where no package in Debian does it.
suppressMessages({library(lme4); library(nlme); library(MASS); library(ordinal); library(sandwich); library(clubSandwich)
                  library(effectsize); library(metafor); library(pwr); library(quadprog)})
version <- function(p) paste(p, packageVersion(p))
rows <- list()
add <- function(source, case, term, value) rows[[length(rows) + 1]] <<- data.frame(source, case, term, value = as.numeric(value))
start <- function(file, text) writeLines(paste0("# ", R.version.string, text), file)
save <- function(table, file) suppressWarnings(write.table(table, file, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))

# Pupils: 5 areas, 4 schools in each, 12 pupils in each school.
set.seed(40)
d <- expand.grid(pupil = 1:12, place = 1:4, area = 1:5)
d$school <- (d$area - 1) * 4 + d$place
d$girl <- (d$pupil + d$school) %% 2
d$year <- (d$pupil - 1) %/% 3
d$size <- rep(round(runif(20, 20, 60)), each = 12)
level <- rnorm(20, 0, 0.6)[d$school] + rnorm(5, 0, 0.4)[d$area]
d$score <- round(3.5 + 0.3 * d$girl - 0.1 * d$year + level + rnorm(240, 0, 0.9), 2)
d$answer <- as.integer(cut(0.6 * d$girl - 0.2 * d$year + level + rlogis(240), c(-Inf, -1.5, -0.3, 0.8, Inf)))
d$bullied <- rbinom(240, 1, plogis(-1 - 0.5 * d$girl + 0.2 * d$year + 1.3 * level))
d$absent <- rbinom(240, d$size, plogis(-2.5 + 0.1 * d$year + level))
d$flat <- round(d$score - ave(d$score, d$school), 4)
start("evaluation_pupils.csv", ", made-up data of evaluation.R")
save(d[c("area", "school", "girl", "year", "size", "score", "flat", "answer", "bullied", "absent")], "evaluation_pupils.csv")

mixed <- function(case, fit, extra) {
  for (term in names(fixef(fit))) {
    add(version("lme4"), case, paste(term, "estimate"), fixef(fit)[[term]])
    add(version("lme4"), case, paste(term, "error"), sqrt(diag(as.matrix(vcov(fit))))[[term]])
  }
  v <- as.data.frame(VarCorr(fit))
  for (i in seq_len(nrow(v))) add(version("lme4"), case, paste("variance", v$grp[i]), v$vcov[i])
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12))
mixed("lmer", lmer(score ~ girl + size + year + (1 | school), d, control = tight))
mixed("lmer singular", suppressMessages(lmer(flat ~ girl + year + (1 | school), d, control = tight)))
mixed("lmer nested", lmer(score ~ 1 + (1 | area / school), d, control = tight))
pinheiro <- summary(lme(score ~ girl + size + year, d, random = ~ 1 | school))$tTable
for (term in rownames(pinheiro)) { add(version("nlme"), "lme", paste(term, "degrees"), pinheiro[term, "DF"])
  add(version("nlme"), "lme", paste(term, "p_value"), pinheiro[term, "p-value"]) }
exact <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
one <- glmer(bullied ~ girl + year + (1 | school), d, binomial, nAGQ = 25, control = exact)
many <- glmer(cbind(absent, size - absent) ~ girl + year + (1 | school), d, binomial, nAGQ = 25, control = exact)
mixed("glmer one", one); mixed("glmer many", many)
add(version("lme4"), "glmer one", "log_likelihood", logLik(one))

# Ordered answers.
d$ordered <- factor(d$answer)
polr_fit <- polr(ordered ~ girl + year, d, Hess = TRUE, control = list(reltol = 1e-15))
clm_fit <- clm(ordered ~ girl + year, data = d, control = clm.control(gradTol = 1e-10))
for (term in c("1|2", "2|3", "3|4", "girl", "year")) {
  add(version("ordinal"), "clm", paste(term, "estimate"), coef(clm_fit)[[term]])
  add(version("ordinal"), "clm", paste(term, "error"), sqrt(vcov(clm_fit)[term, term]))
}
add(version("ordinal"), "clm", "log_likelihood", logLik(clm_fit))
clustered <- vcovCL(polr_fit, cluster = d$school, type = "HC0", cadjust = TRUE)
for (term in c("girl", "year", "1|2", "2|3", "3|4"))
  add(paste0(version("sandwich"), " vcovCL on polr of ", version("MASS")), "polr clustered", paste(term, "error"), sqrt(clustered[term, term]))
cuts <- lapply(1:3, function(k) glm(as.numeric(answer > k) ~ girl + year, binomial, d, control = glm.control(epsilon = 1e-14)))
X <- model.matrix(cuts[[1]]); influence <- lapply(cuts, function(f) {
  p <- fitted(f); list(inverse = solve(crossprod(X, p * (1 - p) * X)), p = p) })
V <- matrix(0, 9, 9)
for (i in 1:3) for (j in 1:3) {
  a <- min(i, j); b <- max(i, j); w <- influence[[b]]$p * (1 - influence[[a]]$p)
  V[3 * i - 2:0, 3 * j - 2:0] <- influence[[i]]$inverse %*% crossprod(X, w * X) %*% influence[[j]]$inverse }
beta <- unlist(lapply(cuts, coef))
wald <- function(of) { D <- matrix(0, 2 * length(of), 9); r <- 0
  for (o in of) for (k in 2:3) { r <- r + 1; D[r, o] <- -1; D[r, 3 * (k - 1) + o] <- 1 }
  s <- D %*% beta; drop(t(s) %*% solve(D %*% V %*% t(D)) %*% s) }
for (name in c("all", "girl", "year"))
  add("base R glm", "brant", name, wald(list(all = 2:3, girl = 2, year = 3)[[name]]))

# Clusters and periods: 3 treated and 6 others, 5 periods, treatment from 4 on.
p <- expand.grid(period = 1:5, cluster = 1:9)
p$treated <- as.numeric(p$cluster <= 3)
p$y <- round(rnorm(9, 10, 2)[p$cluster] + 0.3 * p$period + rnorm(45, 0, 0.7) + 0.8 * p$treated * (p$period >= 4), 2)
start("evaluation_panel.csv", ", made-up data of evaluation.R"); save(p, "evaluation_panel.csv")
p$effect <- p$treated * (p$period >= 4)
fit <- lm(y ~ factor(cluster) + factor(period) + effect, p)
test <- coef_test(fit, vcovCR(fit, p$cluster, "CR2"), test = "Satterthwaite", coefs = "effect")
for (term in c("beta", "SE", "df_Satt", "p_Satt")) add(version("clubSandwich"), "two-way", term, test[[term]])
for (t in c(1, 2, 4, 5)) p[[paste0("e", t)]] <- p$treated * (p$period == t)
study <- lm(y ~ factor(cluster) + factor(period) + e1 + e2 + e4 + e5, p)
test <- coef_test(study, vcovCR(study, p$cluster, "CR2"), test = "Satterthwaite", coefs = paste0("e", c(1, 2, 4, 5)))
for (i in 1:4) for (term in c("beta", "SE", "df_Satt", "p_Satt"))
  add(version("clubSandwich"), "event study", paste(c(1, 2, 4, 5)[i], term), test[i, term])
early <- subset(p, period < 4); early$slope <- early$treated * early$period
trend <- lm(y ~ factor(cluster) + factor(period) + slope, early)
test <- coef_test(trend, vcovCR(trend, early$cluster, "CR2"), test = "Satterthwaite", coefs = "slope")
for (term in c("beta", "SE", "df_Satt", "p_Satt")) add(version("clubSandwich"), "pre-trend", term, test[[term]])
effect_of <- function(chosen) { q <- p; q$effect <- (q$cluster %in% chosen) * (q$period >= 4)
  coef(lm(y ~ factor(cluster) + factor(period) + effect, q))[["effect"]] }
all_sets <- apply(combn(9, 3), 2, effect_of)
add("base R combn and lm", "randomisation", "p_value", mean(abs(all_sets) >= abs(effect_of(1:3)) - 1e-9))
# All 6^5 Webb patterns on five clusters (2 treated): restricted residuals and CR1 of the full two-way model.
five <- subset(p, cluster %in% c(1, 2, 5, 7, 8))
R <- model.matrix(~ factor(cluster) + factor(period), five); U <- cbind(R, five$effect)
restricted <- lm.fit(R, five$y); project <- solve(crossprod(U), t(U)); at <- ncol(U)
t_of <- function(y) { b <- project %*% y; e <- y - U %*% b
  direction <- project[at, ] * e; b[at] / sqrt(sum(tapply(direction, five$cluster, sum)^2)) }
webb <- c(-1, 1) %x% sqrt(c(0.5, 1, 1.5))
patterns <- as.matrix(expand.grid(rep(list(webb), 5)))
codes <- match(five$cluster, unique(five$cluster))
bootstrap <- apply(patterns, 1, function(w) t_of(fitted(restricted) + w[codes] * residuals(restricted)))
observed <- t_of(five$y)
add("base R lm.fit: all 6^5 patterns", "wild", "statistic", observed)
add("base R lm.fit: all 6^5 patterns", "wild", "p_value", mean(abs(bootstrap) >= abs(observed) - 1e-9))

# Effect sizes.
before <- c(41, 38, 52, 47, 35, 44, 50, 39, 43, 36, 48, 42); after <- c(45, 44, 51, 53, 40, 43, 58, 47, 44, 35, 55, 49)
other <- c(44, 40, 39, 51, 46, 38, 42, 45, 41)
student <- t.test(after, before, paired = TRUE)
for (i in 1:2) add("base R t.test", "paired", c("lower", "upper")[i], student$conf.int[i])
add("base R t.test", "paired", "p_value", student$p.value)
paired <- hedges_g(after, before, paired = TRUE); groups <- hedges_g(after, other)
for (term in c("Hedges_g", "CI_low", "CI_high")) { add(version("effectsize"), "g change", term, paired[[term]])
  add(version("effectsize"), "g groups", term, groups[[term]]) }
add(version("metafor"), "g change", "SMCC", escalc("SMCC", m1i = mean(after), m2i = mean(before), sd1i = sd(after), sd2i = sd(before),
                                                   ni = 12, ri = cor(before, after))$yi)
s1 <- sd(before); s2 <- sd(after); r <- cor(before, after); s <- sqrt((s1^2 + s2^2) / 2); raw <- mean(after - before) / s
nu <- 11 * (s1^2 + s2^2)^2 / (s1^4 + s2^4 + 2 * r^2 * s1^2 * s2^2)
J <- exp(lgamma(nu / 2) - log(sqrt(nu / 2)) - lgamma((nu - 1) / 2))
bonett <- sqrt(raw^2 * (s1^4 + s2^4 + 2 * r^2 * s1^2 * s2^2) / (8 * 11 * s^4) + (s1^2 + s2^2 - 2 * r * s1 * s2) / (11 * s^2))
for (term in c("g", "lower", "upper")) add("base R", "g average", term, J * (raw + c(g = 0, lower = -1, upper = 1)[[term]] * qnorm(0.975) * bonett))
signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), 12))); change <- after - before
add("base R expand.grid", "signs", "p_value", mean(abs(signs %*% change) >= abs(sum(change)) - 1e-9))
sums <- tapply(change, rep(1:5, c(2, 3, 2, 3, 2)), sum); signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), 5)))
add("base R expand.grid", "signs clusters", "p_value", mean(abs(signs %*% sums) >= abs(sum(sums)) - 1e-9))
low <- integrate(function(x) x * dnorm(x, 50, 10), -60, 42, rel.tol = 1e-12)$value / pnorm(42, 50, 10)
add("base R integrate", "regression", "before", low); add("base R integrate", "regression", "change", 0.4 * (50 - low))

# Synthetic control: 7 units, 12 periods, treatment of unit 1 from period 10 on.
u <- expand.grid(period = 1:12, unit = 1:7); path <- cumsum(rnorm(12, 0.3, 1))
u$y <- round(20 + rnorm(7, 0, 1.5)[u$unit] + (0.5 + u$unit / 7) * path[u$period] + rnorm(84, 0, 0.6), 2)
start("evaluation_units.csv", ", made-up data of evaluation.R"); save(u, "evaluation_units.csv")
Y <- matrix(u$y, 12)
solve_for <- function(k, donors) { D <- Y[1:9, donors]; n <- length(donors)
  w <- solve.QP(crossprod(D) + diag(1e-10, n), crossprod(D, Y[1:9, k]), cbind(1, diag(n)), c(1, rep(0, n)), meq = 1)$solution
  list(w = w, gap = Y[, k] - Y[, donors] %*% w) }
ratio <- function(gap) sqrt(mean(gap[10:12]^2) / mean(gap[1:9]^2))
own <- solve_for(1, 2:7)
for (i in 2:7) add(version("quadprog"), "synthetic weight", i, own$w[i - 1])
add(version("quadprog"), "synthetic", "effect", mean(own$gap[10:12]))
ratios <- c(ratio(own$gap), sapply(2:7, function(k) ratio(solve_for(k, setdiff(2:7, k))$gap)))
for (i in 1:7) add(version("quadprog"), "synthetic ratio", i, ratios[i])

# Power.
add(version("pwr"), "power paired", "power", pwr.t.test(n = 102, d = 0.25, type = "paired")$power)
add(version("pwr"), "power paired", "detectable", pwr.t.test(n = 102, power = 0.8, type = "paired")$d)
add(version("pwr"), "power groups", "power", pwr.t2n.test(n1 = 40, n2 = 65, d = 0.5)$power)
add(version("pwr"), "power groups", "detectable", pwr.t2n.test(n1 = 40, n2 = 65, power = 0.8)$d)
m <- c(8, 10, 11, 11, 12, 12, 12, 13, 13); error <- sqrt(sum(m * (1 + (m - 1) * 0.05))) / sum(m); edge <- qt(0.975, 8)
add("base R pt", "nine groups", "power", pt(edge, 8, 0.3 / error, lower.tail = FALSE) + pt(-edge, 8, 0.3 / error))

table <- do.call(rbind, rows)
start("evaluation.csv", paste0(", by evaluation.R; package and version in each row"))
table$value <- format(table$value, digits = 15)
save(table, "evaluation.csv")

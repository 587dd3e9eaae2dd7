# SPDX-License-Identifier: Apache-2.0
# Processor seconds of the work of speed_decide.c by what Debian packages of R: Rscript speed_decide.R FOLDER, with the folder that
# evidence_speed_decide wrote its data to. Medians of as many runs as are bearable.
suppressMessages({ library(lme4); library(metafor) })
folder <- commandArgs(TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
timed <- function(what, runs, work) {
  seconds <- replicate(runs, sum(system.time(work())[1:2]))
  cat(sprintf("| %s | %.3f |\n", what, median(seconds)))
}
d <- read("money")
timed("net benefit, 1M draws, 21 values", 5, function() sapply(2500 * 0:20, function(k) {
  b <- k * d$y - d$x
  c(mean(b), mean(b > 0), mean(pmax(b, 0)) - max(0, mean(b)))
}))
p <- read("pilots")
timed("REML shrinkage, 1,000 estimates", 3, function() rma(p$y, sei = p$x, method = "REML"))
r <- read("ratings")
timed("crossed REML, 73,421 ratings, 2,972 by 1,128", 1,
  function() fit <<- lmer(y ~ 1 + (1 | item) + (1 | rater), r))
print(VarCorr(fit), digits = 10)
e <- read("essays")
m <- lmer(y ~ 1 + (1 | item) + (1 | rater), e)
v <- as.data.frame(VarCorr(m))$vcov
timed("top 20 of 178 items, 100,000 draws", 1, function() {
  Z <- cbind(1, as.matrix(t(getME(m, "Zt"))))
  C <- crossprod(Z) / v[3] + diag(c(0, rep(1 / v[1], 178), rep(1 / v[2], 16)))
  S <- solve(C)[2:179, 2:179]
  mu <- ranef(m)$item[, 1]
  L <- t(chol(S))
  top <- numeric(178)
  for (i in 1:100) {
    x <- mu + L %*% matrix(rnorm(178 * 1000), 178)
    top <- top + rowSums(apply(-x, 2, rank) <= 20)
  }
  top / 1e5
})

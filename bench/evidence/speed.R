# SPDX-License-Identifier: Apache-2.0
# The work of the speed_*.c beside it by what Debian packages of R: Rscript speed.R FOLDER, with the
# folder that those wrote their data to. Prints "NAME SECONDS TOOL": processor seconds, medians of as
# many runs as are bearable. Packages that are not installed are left out with a word.
folder <- commandArgs(TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
raw <- function(name, columns) {
  n <- file.size(file.path(folder, paste(name, columns[1], sep = "."))) / 8
  as.data.frame(sapply(columns, function(k) readBin(file.path(folder, paste(name, k, sep = ".")), "double", n)))
}
timed <- function(what, tool, runs, work) {
  seconds <- replicate(runs, sum(system.time(work())[1:2]))
  cat(sprintf("%s %.5f %s\n", what, median(seconds), tool))
}
given <- function(packages, work) {
  there <- sapply(packages, requireNamespace, quietly = TRUE)
  if (all(there)) work() else message("not installed: ", paste(packages[!there], collapse = ", "))
}

panel <- function(what) {
  d <- raw(what, c("y", "treat", "a", "unit", "period"))
  given("plm", function() {
    p <- plm::pdata.frame(d, index = c("unit", "period"))
    timed(if (what == "balanced") "twfe" else what, "plm", 1, function() {
      fit <- plm::plm(y ~ treat + a, p, model = "within", effect = "twoways")
      plm::vcovHC(fit, type = "HC1", cluster = "group")
    })
  })
}
panel("balanced")
panel("unbalanced")
given("sandwich", function() {
  d <- raw("balanced", c("y", "treat", "a", "b"))
  timed("lin", "sandwich", 3, function() {
    d$a <- d$a - mean(d$a)
    d$b <- d$b - mean(d$b)
    sandwich::vcovHC(lm(y ~ treat * (a + b), d), type = "HC2")
  })
  # So many draws that they can be waited for, times what is missing of 9,999.
  boot <- function(what, draws) {
    w <- read(what)
    fit <- lm(y ~ treat + x, w)
    seconds <- sum(system.time(sandwich::vcovBS(fit, cluster = w$unit, R = draws, type = "wild-rademacher"))[1:2])
    cat(sprintf("%s %.5f sandwich\n", what, seconds * 9999 / draws))
  }
  boot("wild_50", 999)
  boot("wild_100", 19)
})
given("coin", function() {
  l <- read("lot")
  timed("randomise", "coin", 1, function() coin::independence_test(y ~ factor(treat), l,
    distribution = coin::approximate(nresample = 10000)))
})
d <- raw("money", c("y", "x"))
timed("cost", "R", 5, function() sapply(2500 * 0:20, function(k) {
  b <- k * d$y - d$x
  c(mean(b), mean(b > 0), mean(pmax(b, 0)) - max(0, mean(b)))
}))
given("metafor", function() {
  p <- read("pilots")
  timed("shrink", "metafor", 3, function() metafor::rma(p$y, sei = p$x, method = "REML"))
})
given("lme4", function() {
  r <- read("ratings")
  timed("ratings", "lme4", 1, function() lme4::lmer(y ~ 1 + (1 | item) + (1 | rater), r))
  e <- read("essays")
  m <- lme4::lmer(y ~ 1 + (1 | item) + (1 | rater), e)
  v <- as.data.frame(lme4::VarCorr(m))$vcov
  timed("top", "R", 1, function() {
    Z <- cbind(1, as.matrix(Matrix::t(lme4::getME(m, "Zt"))))
    C <- crossprod(Z) / v[3] + diag(c(0, rep(1 / v[1], 178), rep(1 / v[2], 16)))
    S <- solve(C)[2:179, 2:179]
    mu <- lme4::ranef(m)$item[, 1]
    L <- t(chol(S))
    top <- numeric(178)
    for (i in 1:100) {
      x <- mu + L %*% matrix(rnorm(178 * 1000), 178)
      top <- top + rowSums(apply(-x, 2, rank) <= 20)
    }
    top / 1e5
  })
})

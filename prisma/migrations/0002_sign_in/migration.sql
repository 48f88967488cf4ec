ALTER TABLE "User" ADD COLUMN "realm" TEXT NOT NULL DEFAULT 'accounts' CHECK ("realm" IN ('accounts', 'single'));
ALTER TABLE "User" ADD COLUMN "passwordRecord" TEXT;
ALTER TABLE "User" ADD COLUMN "passwordChangedAt" DATETIME;
ALTER TABLE "User" ADD COLUMN "failedSignIns" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "User" ADD COLUMN "closedUntil" DATETIME;
DROP INDEX "User_name_key";
CREATE UNIQUE INDEX "User_realm_name_key" ON "User" ("realm", "name");

ALTER TABLE "AuthSession" ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'accounts' CHECK ("mode" IN ('accounts', 'password', 'ephemeral'));

CREATE TABLE "TotpFactor" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "enrolledAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    "lastStep" INTEGER NOT NULL,
    CONSTRAINT "TotpFactor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "TotpFactor_userId_key" ON "TotpFactor" ("userId");

CREATE TABLE "RecoveryCode" (
    "hash" BLOB NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "madeAt" DATETIME NOT NULL,
    "usedAt" DATETIME,
    CONSTRAINT "RecoveryCode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "RecoveryCode_userId_idx" ON "RecoveryCode" ("userId");

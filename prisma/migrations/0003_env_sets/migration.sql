CREATE TABLE "EnvSet" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "changedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "EnvSet_name_key" ON "EnvSet" ("name");

CREATE TABLE "EnvVariable" (
    "envSetId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "changedAt" DATETIME NOT NULL,
    "bytes" INTEGER NOT NULL,
    "maskedInOutput" BOOLEAN NOT NULL,
    "keyId" TEXT NOT NULL,
    "sealed" BLOB NOT NULL,
    PRIMARY KEY ("envSetId", "name"),
    CONSTRAINT "EnvVariable_envSetId_fkey" FOREIGN KEY ("envSetId") REFERENCES "EnvSet" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "EnvSetUse" (
    "sessionId" TEXT NOT NULL,
    "envSetId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    PRIMARY KEY ("sessionId", "envSetId"),
    CONSTRAINT "EnvSetUse_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "EnvSetUse_envSetId_idx" ON "EnvSetUse" ("envSetId");

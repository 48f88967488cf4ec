CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL CHECK ("role" IN ('owner', 'operator', 'viewer')),
    "createdAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "User_name_key" ON "User" ("name");

CREATE TABLE "AuthSession" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "tokenHash" BLOB NOT NULL,
    "kind" TEXT NOT NULL,
    "device" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "endReason" TEXT,
    CONSTRAINT "AuthSession_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "AuthSession_tokenHash_key" ON "AuthSession" ("tokenHash");
CREATE INDEX "AuthSession_userId_idx" ON "AuthSession" ("userId");
CREATE INDEX "AuthSession_endedAt_idx" ON "AuthSession" ("endedAt");

CREATE TABLE "Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "cwd" TEXT NOT NULL,
    "environment" TEXT,
    "state" TEXT NOT NULL,
    "exitCode" INTEGER,
    "signal" TEXT,
    "createdAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "cols" INTEGER NOT NULL,
    "rows" INTEGER NOT NULL,
    "logBytes" BIGINT NOT NULL DEFAULT 0,
    "startedBy" TEXT NOT NULL,
    "trusted" BOOLEAN NOT NULL DEFAULT false,
    "keeperPid" INTEGER
);
CREATE INDEX "Session_state_idx" ON "Session" ("state");
CREATE INDEX "Session_endedAt_idx" ON "Session" ("endedAt");

CREATE TABLE "AuditRow" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "actor" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "target" TEXT,
    "outcome" TEXT NOT NULL CHECK ("outcome" IN ('ok', 'refused', 'failed')),
    "session" TEXT,
    "reason" TEXT,
    "address" TEXT,
    "count" INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX "AuditRow_session_idx" ON "AuditRow" ("session");
CREATE INDEX "AuditRow_event_idx" ON "AuditRow" ("event");

CREATE TRIGGER "AuditRow_no_update" BEFORE UPDATE ON "AuditRow" BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER "AuditRow_no_delete" BEFORE DELETE ON "AuditRow" BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- INSERT OR REPLACE deletes a row without firing the DELETE trigger (recursive_triggers is off by default).
CREATE TRIGGER "AuditRow_no_replace" BEFORE INSERT ON "AuditRow"
WHEN NEW."seq" IS NOT NULL AND EXISTS (SELECT 1 FROM "AuditRow" WHERE "seq" = NEW."seq") BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TABLE "Setting" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

import { readFile, realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { AuthConfig } from '@sallyport/api/api-dependencies'
import { processVariables } from './config/environment.ts'

/** machine-id(5); the second is where it stood before systemd. */
const machineIdFiles = ['/etc/machine-id', '/var/lib/dbus/machine-id'] as const

/** 32 hex digits. `uninitialized`, an empty file and a container without one are no identity. */
const readMachineId = async (files: readonly string[]): Promise<string | null> => {
  for (const file of files) {
    const text = await readFile(file, 'latin1').catch(() => '')
    if (/^[0-9a-f]{32}\n?$/.test(text)) return text.trim()
  }
  return null
}

export interface InstallIdentity {
  readonly identity: AuthConfig['installIdentity']
  /** A sentence when part of it is missing. */
  readonly warning: string | null
}

/**
 * What sign-ins of mode `password` are bound to (A8): on another machine, under another user or for another data dir the same password makes another key, so a
 * copied database signs nobody in. Neither the program's path nor its working directory counts: an upgrade signs nobody out.
 * @param installId SALLYPORT_INSTALL_ID, which stands for all of it
 */
export const readInstallIdentity = async (
  installId: string | null,
  dataDir: string,
  files: readonly string[] = machineIdFiles,
): Promise<InstallIdentity> => {
  if (installId !== null) return { identity: { installId }, warning: null }
  const machineId = await readMachineId(files)
  return {
    identity: {
      machineId: machineId ?? '',
      hostname: hostname(),
      uid: process.getuid?.() ?? 0,
      dataDir: await realpath(dataDir),
    },
    warning:
      machineId === null
        ? `this machine has no id (${files.join(', ')}): sign-ins are bound to host name, user and data dir alone; set ${processVariables.installId} to bind them to something of your own`
        : null,
  }
}

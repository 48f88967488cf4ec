interface RecoveryFile {
  readonly codes: readonly string[]
  readonly user: string
  /** Of the dashboard, such as `localhost:8447`. */
  readonly host: string
  readonly madeAt: Date
}

/** What is saved, copied or printed: a sheet that still says in two years what it is for. */
export const recoveryText = (o: RecoveryFile): string =>
  [
    `Sallyport recovery codes of ${o.user} on ${o.host}`,
    `made ${o.madeAt.toISOString().slice(0, 10)}`,
    '',
    'Each code signs you in once, together with your password, when your authenticator is not at hand.',
    'Keep them where you keep what must not be lost, not on the phone with the authenticator.',
    '',
    ...o.codes,
    '',
  ].join('\n')

/** File systems differ in what a name may hold. */
export const recoveryFileName = (host: string): string =>
  `sallyport-recovery-codes-${host.replace(/[^A-Za-z0-9.-]+/g, '-')}.txt`

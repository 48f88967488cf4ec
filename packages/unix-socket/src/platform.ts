/** The daemon and the keeper do not run here. The message is one sentence for the user. */
export class UnsupportedPlatformError extends Error {
  override readonly name = 'UnsupportedPlatformError'
}

/**
 * Refuses platforms whose peer credentials, locks and process rules nobody has tried.
 *
 * macOS has its own small branch in this package (getpeereid, no /proc, no subreaper) that compiles but has never run,
 * so it needs an explicit yes: the caller sets `allowUntested` from SALLYPORT_UNTESTED_PLATFORM=1.
 */
export const assertSupportedPlatform = ({
  platform,
  allowUntested,
}: {
  platform: NodeJS.Platform
  allowUntested: boolean
}): void => {
  if (platform === 'linux') return
  if (platform !== 'darwin') throw new UnsupportedPlatformError(`Sallyport runs on Linux, not on ${platform}`)
  if (allowUntested) return
  throw new UnsupportedPlatformError(
    'Sallyport is untested on macOS; set SALLYPORT_UNTESTED_PLATFORM=1 to try it anyway',
  )
}

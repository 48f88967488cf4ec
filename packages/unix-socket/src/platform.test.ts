import { describe, expect, it } from 'vitest'
import { assertSupportedPlatform, UnsupportedPlatformError } from './platform.ts'

describe('platform', () => {
  it('Linux needs no permission', () => {
    expect(() => assertSupportedPlatform({ platform: 'linux', allowUntested: false })).not.toThrow()
  })

  it('macOS is refused as untested, and the refusal names the way in', () => {
    expect(() => assertSupportedPlatform({ platform: 'darwin', allowUntested: false })).toThrow(
      'Sallyport is untested on macOS; set SALLYPORT_UNTESTED_PLATFORM=1',
    )
    expect(() => assertSupportedPlatform({ platform: 'darwin', allowUntested: true })).not.toThrow()
  })

  it.each(['win32', 'freebsd', 'aix'] as const)('%s is refused whatever the caller allows', (platform) => {
    expect(() => assertSupportedPlatform({ platform, allowUntested: true })).toThrow(UnsupportedPlatformError)
  })
})

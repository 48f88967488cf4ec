import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeDataDirectory } from '@sallyport/testing/data-directory'
import { expect, it, vi } from 'vitest'
import { makeConnection, openTestApi } from '../../../open-test-api.ts'
import { createLaunchFiles } from './launch-files.ts'

it('a page that leads to a launch URL is private, names the ticket nowhere but inside, and is gone once it was used', async () => {
  await using test = await openTestApi()
  const { url, file } = await test.local.auth.createTicket({ asFile: true })
  const ticket = url.slice(url.indexOf('#') + 1)
  if (file === null) throw new Error('no file')
  expect(file.startsWith(join(test.dataDir, 'open-'))).toBe(true)
  expect(file).not.toContain(ticket)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toContain(`content="0;url=${url}"`)
  await test.call(makeConnection({ transport: 'http' })).auth.redeemTicket({ ticket })
  expect(existsSync(file)).toBe(false)
  expect((await test.local.auth.createTicket({})).file).toBeNull()
})

it('a page that nobody opened is gone with its ticket, or with the daemon', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    await using data = await makeDataDirectory()
    let count = 0
    const random = (size: number) => new Uint8Array(size).fill(++count)
    const files = createLaunchFiles({
      directory: data.path,
      random,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    const first = await files.write('http://localhost:1/launch#x', 60_000)
    vi.advanceTimersByTime(59_999)
    expect(existsSync(first.path)).toBe(true)
    vi.advanceTimersByTime(1)
    expect(existsSync(first.path)).toBe(false)
    const second = await files.write('http://localhost:1/launch#y', 60_000)
    files.close()
    expect(existsSync(second.path)).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})

import { describe, expect, it } from 'vitest'
import { openTestDaemon, startSession } from './session-fixture.ts'
import { pasteBytes } from './type-into-session.ts'

describe('typing', () => {
  it('keeps the order of calls that do not wait for each other, beyond the limit too', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const client = daemon.client()
    const words = Array.from({ length: 300 }, (_, number) => `${number} `)
    const filler = 'x'.repeat(4000)
    await Promise.all(
      words.map((word) => client.session.write({ session: id, data: new Uint8Array(Buffer.from(word + filler)) })),
    )
    expect(daemon.keeper.input(id)).toBe(words.map((word) => word + filler).join(''))
  })

  it('presses keys by name and refuses the whole call for one that does not exist', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const client = daemon.client()
    await client.session.keys({ session: id, keys: ['ctrl+c', 'up', 'a', 'enter'] })
    await expect(client.session.keys({ session: id, keys: ['a', 'hyper+x'] })).rejects.toMatchObject({
      errorCode: 'bad_request',
    })
    await client.session.paste({ session: id, text: 'a\nb' })
    expect(daemon.keeper.input(id)).toBe('\x03\x1b[Aa\r\x1b[200~a\rb\x1b[201~')
  })

  it.each([
    ['once', 'a\x1b[201~rm -rf ~\n'],
    ['nested', 'a\x1b[20\x1b[201~1~rm\n'],
    ['as an eight-bit control', 'a\u009b201~rm\n'],
  ])('cannot leave a bracketed paste with an end marker inside: %s', (_how, text) => {
    const inside = pasteBytes(text, true).slice('\x1b[200~'.length, -'\x1b[201~'.length)
    expect(inside).not.toMatch(/201~/)
    expect(inside.startsWith('a')).toBe(true)
  })
})

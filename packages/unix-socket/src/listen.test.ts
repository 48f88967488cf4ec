import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { isRoot, nobody, openFixtureHouse } from './fixtures/fixture-process.ts'
import { leaveStaleSocket } from './fixtures/stale-socket.ts'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'
import { listenUnix, type Refusal } from './listen.ts'
import type { PeerCredentials } from './peer-credentials.ts'

const house = openFixtureHouse()
afterAll(() => house[Symbol.asyncDispose]())

/** Somebody who only knocked (the probe of a second server) is gone before the greeting: not an error of the test. */
const greet = (word: string) => (socket: Socket) => void socket.on('error', () => socket.destroy()).end(word)

const readAll = async (path: string): Promise<string> => {
  const socket = connect({ path })
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk
  return text
}

describe('the listener', () => {
  it('serves its own user on a 0600 socket and says who connected', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    const peers: PeerCredentials[] = []
    const listener = await listenUnix({
      path,
      onConnection: (socket, peer) => {
        peers.push(peer)
        socket.end('hello')
      },
    })
    expect(lstatSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory.path)).toEqual(['sallyport.sock'])
    expect(await readAll(path)).toBe('hello')
    expect(peers).toEqual([{ uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid }])
    await listener.close()
    await listener.close()
    expect(readdirSync(directory.path)).toEqual([])
  })

  it.runIf(isRoot)(
    'cuts off another user before a byte is read, even one who wrote first, and reports it',
    async () => {
      using directory = temporaryDirectory()
      const path = directory.in('sallyport.sock')
      const refusals: Refusal[] = []
      let connections = 0
      const listener = await listenUnix({
        path,
        onConnection: () => {
          connections += 1
        },
        onRefused: (refusal) => refusals.push(refusal),
      })
      // What W1 forbids, so that the foreigner gets as far as the check of W2.
      chmodSync(directory.path, 0o755)
      chmodSync(path, 0o666)
      const fifo = directory.in('written')
      execFileSync('mkfifo', ['-m', '666', fifo])
      await using foreigner = await house.start('connect-and-write', [path, fifo], { uid: nobody })
      // Blocks our event loop, so that nothing is accepted before the foreigner has written.
      expect(execFileSync('cat', [fifo], { encoding: 'utf8', timeout: 10_000 })).toBe('written')
      // The kernel answers a reset instead of a plain end when it throws away bytes that nobody has read.
      expect(await foreigner.next()).toEqual({ received: '', code: 'ECONNRESET' })
      expect(refusals).toEqual([{ reason: 'foreign_uid', uid: nobody }])
      expect(connections).toBe(0)
      await listener.close()
    },
  )

  it.runIf(isRoot)('is out of reach for another user by its mode alone', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    const listener = await listenUnix({ path, onConnection: greet('hello') })
    chmodSync(directory.path, 0o755)
    await using foreigner = await house.start('connect-and-write', [path], { uid: nobody })
    expect(await foreigner.next()).toEqual({ received: '', code: 'EACCES' })
    await listener.close()
  })

  it('keeps a socket unread until its owner attaches a reader, and loses nothing', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    const waiting: Socket[] = []
    const onConnection = (socket: Socket) => void (waiting.length === 0 ? waiting.push(socket) : socket.end('hello'))
    const listener = await listenUnix({ path, onConnection })
    const client = connect({ path })
    client.end('early bytes')
    await once(client, 'finish')
    // By the time a later connection is served, the event loop has had its chance to read the first.
    expect(await readAll(path)).toBe('hello')
    const [socket] = waiting as [Socket]
    expect(socket.bytesRead).toBe(0)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.resume()
    await once(socket, 'end')
    expect(text).toBe('early bytes')
    await listener.close()
  })

  it('ends open connections when it closes', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    const listener = await listenUnix({ path, onConnection: (socket) => void socket.write('hello') })
    const client = connect({ path })
    await once(client, 'data')
    const ended = once(client, 'close')
    await listener.close()
    await ended
  })
})

describe('what stands at the socket path', () => {
  it('a dead socket of ours is replaced', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    await leaveStaleSocket(path)
    expect(lstatSync(path).isSocket()).toBe(true)
    const listener = await listenUnix({ path, onConnection: greet('new') })
    expect(await readAll(path)).toBe('new')
    await listener.close()
  })

  it('a socket that somebody listens on is left alone', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    const first = await listenUnix({ path, onConnection: greet('first') })
    await expect(listenUnix({ path, onConnection: greet('second') })).rejects.toMatchObject({ occupant: 'listening' })
    expect(await readAll(path)).toBe('first')
    await first.close()
  })

  it('a successor survives the close of the server it replaced', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    const old = await listenUnix({ path, onConnection: greet('old') })
    renameSync(path, directory.in('moved'))
    const successor = await listenUnix({ path, onConnection: greet('successor') })
    await old.close()
    expect(await readAll(path)).toBe('successor')
    await successor.close()
    expect(existsSync(path)).toBe(false)
  })

  it('a planted symlink is neither followed nor removed', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    writeFileSync(directory.in('victim'), 'precious')
    for (const target of ['victim', 'nowhere']) {
      symlinkSync(directory.in(target), path)
      await expect(listenUnix({ path, onConnection: greet('') })).rejects.toMatchObject({ occupant: 'symlink' })
      expect(lstatSync(path).isSymbolicLink()).toBe(true)
      renameSync(path, directory.in(`kept-${target}`))
    }
    expect(readFileSync(directory.in('victim'), 'utf8')).toBe('precious')
    expect(existsSync(directory.in('nowhere'))).toBe(false)
  })

  it('a file and a directory are neither used nor removed', async () => {
    using directory = temporaryDirectory()
    writeFileSync(directory.in('file'), 'precious')
    mkdirSync(directory.in('directory'))
    await expect(listenUnix({ path: directory.in('file'), onConnection: greet('') })).rejects.toMatchObject({
      occupant: 'not_a_socket',
    })
    await expect(listenUnix({ path: directory.in('directory'), onConnection: greet('') })).rejects.toMatchObject({
      occupant: 'directory',
    })
    expect(readdirSync(directory.path).sort()).toEqual(['directory', 'file'])
    expect(readFileSync(directory.in('file'), 'utf8')).toBe('precious')
  })

  it.runIf(isRoot)('the socket of another user is neither used nor removed', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('sallyport.sock')
    await leaveStaleSocket(path)
    chownSync(path, nobody, nobody)
    await expect(listenUnix({ path, onConnection: greet('') })).rejects.toMatchObject({ occupant: 'foreign_socket' })
    expect(lstatSync(path).uid).toBe(nobody)
  })

  it('a directory that others can enter is refused', async () => {
    using directory = temporaryDirectory()
    chmodSync(directory.path, 0o755)
    await expect(listenUnix({ path: directory.in('a.sock'), onConnection: greet('') })).rejects.toMatchObject({
      problem: 'too_open',
    })
    expect(readdirSync(directory.path)).toEqual([])
  })

  it('a path of 103 bytes works, one of 104 is refused with its length and a way out', async () => {
    using directory = temporaryDirectory()
    const long = directory.in('x'.repeat(103 - directory.path.length - 1))
    const listener = await listenUnix({ path: long, onConnection: greet('hello') })
    expect(await readAll(long)).toBe('hello')
    await listener.close()
    await expect(listenUnix({ path: `${long}x`, onConnection: greet('') })).rejects.toMatchObject({
      name: 'SocketPathTooLongError',
      lengthBytes: 104,
      message: expect.stringMatching(/is 104 bytes long.*--data-dir/),
    })
  })

  it('the length counts bytes, and the temporary name counts too', async () => {
    using directory = temporaryDirectory()
    const umlauts = directory.in('ü'.repeat(45))
    await expect(listenUnix({ path: umlauts, onConnection: greet('') })).rejects.toThrow('bytes long')
    const deep = directory.in('d'.repeat(98 - directory.path.length))
    mkdirSync(deep, { mode: 0o700 })
    await expect(listenUnix({ path: `${deep}/s`, onConnection: greet('') })).rejects.toThrow('is 110 bytes long')
    expect(readdirSync(deep)).toEqual([])
  })
})

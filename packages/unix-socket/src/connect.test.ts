import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { afterAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  connectWebSocket,
  ForeignSocketError,
  isDaemonForbidden,
  isDaemonUnreachable,
  webSocketUrl,
} from './connect.ts'
import { isRoot, nobody, openFixtureHouse } from './fixtures/fixture-process.ts'
import { leaveStaleSocket } from './fixtures/stale-socket.ts'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'
import { listenUnix } from './listen.ts'

const house = openFixtureHouse()
afterAll(() => house[Symbol.asyncDispose]())

/** A real HTTP server with a WebSocket echo on /trpc, fed only by our listener. */
const serveEcho = async (path: string) => {
  const http: Server = createServer((request, response) => {
    request.pipe(response)
    response.setHeader('host-seen', request.headers.host ?? '')
  })
  const sockets = new WebSocketServer({ server: http, path: '/trpc', perMessageDeflate: true })
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  )
  const listener = await listenUnix({ path, onConnection: (socket) => http.emit('connection', socket) })
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      await listener.close()
    },
  }
}

const echo = async (socket: WebSocket, text: string): Promise<string> => {
  await once(socket, 'open')
  socket.send(text)
  const [data] = await once(socket, 'message')
  const closed = once(socket, 'close')
  socket.close()
  await closed
  return String(data)
}

const connectError = async (path: string): Promise<unknown> => {
  const [error] = await once(connectWebSocket(path), 'error')
  return error
}

describe('a client of the socket', () => {
  it('speaks WebSocket with the daemon through a real HTTP server', async () => {
    using directory = temporaryDirectory()
    await using _server = await serveEcho(directory.in('s.sock'))
    expect(await echo(connectWebSocket(directory.in('s.sock')), 'one')).toBe('one')
    expect(await echo(new WebSocket(webSocketUrl(directory.in('s.sock'))), 'two')).toBe('two')
  })

  it('leaves no trace in Node, whose loader would follow symlinks only halfway after a look at a socket', async () => {
    using directory = temporaryDirectory()
    mkdirSync(directory.in('real'))
    writeFileSync(directory.in('real/module.js'), '')
    // As pnpm has them: a link on the way to a link.
    mkdirSync(directory.in('store'))
    writeFileSync(directory.in('store/module.js'), '')
    symlinkSync('store', directory.in('link'))
    symlinkSync('../real', directory.in('store/package'))
    await using _server = await serveEcho(directory.in('s.sock'))
    const { resolve } = createRequire(import.meta.url)
    // The fault needs directories that the loader knows already, and no look at another file in between (Node 20, lib/fs.js, realpathSync).
    resolve(directory.in('store/module.js'))
    const client = connectWebSocket(directory.in('s.sock'))
    expect(resolve(directory.in('link/package/module.js'))).toBe(directory.in('real/module.js'))
    await once(client, 'open')
    client.terminate()
  })

  it('offers no compression and no Origin, and says Host localhost', async () => {
    using directory = temporaryDirectory()
    const http = createServer()
    const sockets = new WebSocketServer({ server: http, perMessageDeflate: true })
    const listener = await listenUnix({
      path: directory.in('s.sock'),
      onConnection: (socket) => http.emit('connection', socket),
    })
    const client = connectWebSocket(directory.in('s.sock'))
    const [, request] = (await once(sockets, 'connection')) as [WebSocket, IncomingMessage]
    await once(client, 'open')
    expect(request.headers).toMatchObject({ host: 'localhost' })
    expect(request.headers).not.toHaveProperty('origin')
    expect(client.extensions).toBe('')
    client.terminate()
    await listener.close()
  })

  it('speaks plain HTTP over the same listener, bodies and keep-alive included', async () => {
    using directory = temporaryDirectory()
    await using _server = await serveEcho(directory.in('s.sock'))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const body = 'x'.repeat(200_000)
    for (let round = 0; round < 3; round += 1) {
      const call = request({ socketPath: directory.in('s.sock'), method: 'POST', agent })
      call.end(body)
      const [response] = (await once(call, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response) text += chunk
      expect(text).toBe(body)
      expect(call.reusedSocket).toBe(round > 0)
    }
    agent.destroy()
  })

  it.each(['a b', 'a:b', 'a?b', 'a#b', 'a%41b', 'ü'])('reaches a daemon in a directory called "%s"', async (name) => {
    using directory = temporaryDirectory()
    mkdirSync(directory.in(name), { mode: 0o700 })
    const path = `${directory.in(name)}/s.sock`
    await using _server = await serveEcho(path)
    expect(await echo(connectWebSocket(path), 'hello')).toBe('hello')
  })

  it.each(['/a b/s', '/a:b/s', '/a?b/s', '/a#b/s', '/ü/s'])(
    'a ws+unix URL that would reach another file than "%s" is refused',
    (path) => {
      expect(() => webSocketUrl(path)).toThrow(/cannot be written as a ws\+unix URL.*--data-dir/)
    },
  )

  it('a URL names the socket and the path', () => {
    expect(webSocketUrl('/home/me/.sallyport/sallyport.sock')).toBe('ws+unix:/home/me/.sallyport/sallyport.sock:/trpc')
    expect(webSocketUrl('/home/me/../you/s.sock', '/x')).toBe('ws+unix:/home/you/s.sock:/x')
  })

  it('refuses a path that node would cut', () => {
    const path = `/tmp/${'x'.repeat(99)}`
    expect(() => connectWebSocket(path)).toThrow('is 104 bytes long')
    expect(() => webSocketUrl(path)).toThrow('is 104 bytes long')
  })

  it('takes no message over its limit', async () => {
    using directory = temporaryDirectory()
    await using _server = await serveEcho(directory.in('s.sock'))
    const client = connectWebSocket(directory.in('s.sock'), { maxPayloadBytes: 1000 })
    await once(client, 'open')
    const closed = new Promise((done) => client.once('close', done))
    const failed = new Promise((done) => client.once('error', done))
    client.send('x'.repeat(1001))
    expect(await failed).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' })
    await closed
  })
})

describe('a client without a daemon', () => {
  it('hears that nobody serves the socket, whatever is left of it', async () => {
    using directory = temporaryDirectory()
    await leaveStaleSocket(directory.in('dead.sock'))
    writeFileSync(directory.in('file'), '')
    for (const name of ['missing/s.sock', 'dead.sock', 'file', 'file/s.sock']) {
      const error = await connectError(directory.in(name))
      expect(isDaemonUnreachable(error), name).toBe(true)
      expect(isDaemonForbidden(error), name).toBe(false)
    }
  })

  it('hears it from a wrapped error too, but not from an unrelated one', () => {
    const missing = Object.assign(new Error('no'), { code: 'ENOENT', syscall: 'connect' })
    expect(isDaemonUnreachable(new Error('call failed', { cause: missing }))).toBe(true)
    expect(isDaemonUnreachable(Object.assign(new Error('no'), { code: 'ENOENT', syscall: 'open' }))).toBe(false)
    expect(isDaemonUnreachable(new Error('no'))).toBe(false)
    expect(isDaemonUnreachable('no')).toBe(false)
  })

  it.runIf(isRoot)('tells a daemon of another user from a missing one', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('s.sock')
    await using _server = await serveEcho(path)
    for (const mode of [0o700, 0o755]) {
      chmodSync(directory.path, mode)
      await using stranger = await house.start('connect-as-client', [path], { uid: nobody })
      expect(await stranger.next()).toMatchObject({ unreachable: false, forbidden: true })
    }
  })

  it.runIf(isRoot)('sends nothing to a socket that another user planted', async () => {
    using directory = temporaryDirectory()
    await leaveStaleSocket(directory.in('s.sock'))
    chownSync(directory.in('s.sock'), nobody, nobody)
    expect(() => connectWebSocket(directory.in('s.sock'))).toThrow(ForeignSocketError)
  })

  it('does not load koffi', async () => {
    await using client = await house.start('connect-as-client', ['/nowhere/s.sock'])
    expect(await client.next()).toEqual({ unreachable: true, forbidden: false, name: 'Error', loadedKoffi: false })
  })
})

import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export const parseAnswer = (text: string): RawAnswer => {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const body = rest.join('\r\n\r\n')
  return {
    status: Number(statusLine.split(' ')[1] ?? 0),
    headers,
    body: headers.get('transfer-encoding') === 'chunked' ? joinChunks(body) : body,
  }
}

const joinChunks = (body: string): string => {
  let joined = ''
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at)
    const length = Number.parseInt(body.slice(at, lineEnd), 16)
    if (lineEnd === -1 || !(length > 0)) return joined
    joined += body.slice(lineEnd + 2, lineEnd + 2 + length)
    at = lineEnd + 2 + length + 2
  }
}

export interface RawOptions {
  readonly port: number
  readonly host?: string
  /** The address that the connection comes from. */
  readonly from?: string
}

export const openRaw = ({ port, host = '127.0.0.1', from }: RawOptions): Socket =>
  connect({ port, host, ...(from === undefined ? {} : { localAddress: from }) })

/** Everything that the server says until it closes. */
export const readToEnd = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    // A reset after the answer is how a server drops what it did not want to read.
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(text))
  })

/** Sends exactly these lines, with `Connection: close`, and parses what comes back. */
export const rawRequest = async (options: RawOptions, lines: readonly string[]): Promise<RawAnswer> => {
  const socket = openRaw(options)
  const answer = readToEnd(socket)
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  return parseAnswer(await answer)
}

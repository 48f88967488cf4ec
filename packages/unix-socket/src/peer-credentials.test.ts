import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { PeerCredentialsUnreadableError, peerCredentials } from './peer-credentials.ts'

describe('peer credentials', () => {
  it('of a TCP connection and of a closed socket are unreadable, never somebody', async () => {
    const server = createServer()
    server.listen({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [accepted] = (await once(server, 'connection')) as [Socket]
    expect(() => peerCredentials(accepted)).toThrow(PeerCredentialsUnreadableError)
    accepted.destroy()
    client.destroy()
    expect(() => peerCredentials(accepted)).toThrow(PeerCredentialsUnreadableError)
    server.close()
    await once(server, 'close')
  })
})

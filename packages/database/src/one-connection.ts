import type { Client, InStatement, ResultSet, Transaction } from '@libsql/client'

/**
 * Keeps a libsql client on its one SQLite connection. Its own `transaction()` gives the connection away and opens another for the next statement, which has
 * none of our PRAGMAs (foreign keys off, no busy timeout) and, the driver being synchronous, waits for a lock that this very thread holds. Here a transaction
 * borrows the connection and everybody else waits in line until it ends.
 */
export const oneConnection = (client: Client): Client => {
  let inLine: Promise<void> = Promise.resolve()

  /** Resolves with how to let the next one go. */
  const turn = async (): Promise<() => void> => {
    const before = inLine
    let done: () => void = () => undefined
    inLine = new Promise((resolve) => {
      done = resolve
    })
    await before
    return done
  }

  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    const done = await turn()
    try {
      return await work()
    } finally {
      done()
    }
  }

  return {
    protocol: client.protocol,
    get closed() {
      return client.closed
    },
    execute: (statement: InStatement | string, args?: Parameters<Client['execute']>[1]): Promise<ResultSet> =>
      exclusively(() => (typeof statement === 'string' ? client.execute(statement, args) : client.execute(statement))),
    batch: (statements, mode) => exclusively(() => client.batch(statements, mode)),
    migrate: (statements) => exclusively(() => client.migrate(statements)),
    executeMultiple: (sql) => exclusively(() => client.executeMultiple(sql)),
    // IMMEDIATE whatever the caller asks for: a deferred transaction that turns into a writer fails at once when somebody else wrote meanwhile.
    transaction: async () => {
      const done = await turn()
      try {
        await client.execute('BEGIN IMMEDIATE')
        return borrowed(client, done)
      } catch (error) {
        done()
        throw error
      }
    },
    sync: () => client.sync(),
    reconnect: () => client.reconnect(),
    close: () => client.close(),
  }
}

const borrowed = (client: Client, done: () => void): Transaction => {
  let closed = false
  const end = async (sql: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
    if (closed) return
    try {
      await client.execute(sql)
      closed = true
    } finally {
      // A COMMIT that failed (disk full, busy) leaves the transaction open: the next in line must not find itself inside it.
      if (!closed) await client.execute('ROLLBACK').catch(() => undefined)
      closed = true
      done()
    }
  }
  return {
    get closed() {
      return closed
    },
    execute: (statement: InStatement) => client.execute(statement),
    batch: async (statements) => {
      const results: ResultSet[] = []
      for (const statement of statements) {
        results.push(
          await client.execute(Array.isArray(statement) ? { sql: statement[0], args: statement[1] ?? [] } : statement),
        )
      }
      return results
    },
    executeMultiple: (sql) => client.executeMultiple(sql),
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
    close: () => void end('ROLLBACK'),
  }
}

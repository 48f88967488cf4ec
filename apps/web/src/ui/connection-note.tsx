import { createMemo, type JSX } from 'solid-js'
import { useDaemon } from '../lib/daemon.ts'

/** Where this page is connected, and whether it is. */
export const ConnectionNote = (): JSX.Element => {
  const daemon = useDaemon()
  const words = createMemo(() => {
    switch (daemon.state().kind) {
      case 'open':
        return { tone: 'good', text: 'Connected' }
      case 'signedOut':
        return { tone: 'idle', text: 'Signed out' }
      default:
        return { tone: 'wait', text: 'Connecting…' }
    }
  })
  return (
    <div class="connection" data-tone={words().tone} role="status" title={`${words().text}, ${location.host}`}>
      <span class="state-dot" aria-hidden="true" />
      <span class="connection-host">{location.host}</span>
      <span classList={{ 'visually-hidden': words().tone === 'good' }}>{words().text}</span>
    </div>
  )
}

import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'

export const NotFoundPage = (): JSX.Element => {
  document.title = 'Not found · Sallyport'
  return (
    <main class="notice-page">
      <div class="notice-card">
        <h1>There is no such page</h1>
        <p class="muted">The address may be mistyped, or the page may have moved.</p>
        <p>
          <A href="/sessions">Go to your sessions</A>
        </p>
      </div>
    </main>
  )
}

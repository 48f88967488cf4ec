import '@xterm/xterm/css/xterm.css'
import './terminal.css'
import type { Terminal } from '@xterm/xterm'
import { createEffect, createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { useDaemon } from '../lib/daemon.ts'
import { plainText } from '../lib/plain-text.ts'
import { isDark, screenReaderMode } from '../lib/preferences.ts'
import { ask } from '../ui/ask.tsx'
import { Icon } from '../ui/icon.tsx'
import { sayFailure } from '../ui/toasts.tsx'
import { type AttachedTerminal, attachTerminal } from './attach-terminal.ts'
import { createTerminal } from './create-terminal.ts'
import { keepLinksFresh } from './fresh-links.ts'
import { safeLink } from './links.ts'
import { needsConfirmation, pasteData } from './paste.ts'
import { withControl } from './sticky-control.ts'
import { installKeys } from './terminal-keys.ts'
import { fitsIn, layoutTerminal } from './terminal-layout.ts'
import { TerminalOverlay } from './terminal-overlay.tsx'
import { darkTheme, lightTheme, minimumContrast } from './terminal-theme.ts'
import { TouchKeys } from './touch-keys.tsx'

interface TerminalViewProps {
  readonly session: string
  /** What the terminal had when the page opened; the real size comes with the stream. */
  readonly size: { readonly cols: number; readonly rows: number }
  readonly live: boolean
  readonly alone: boolean
  readonly readOnly: boolean
  readonly onTitle: (title: string) => void
}

const openLink = async (text: string): Promise<void> => {
  const url = safeLink(text)
  if (url === undefined) return sayFailure('Only http and https links can be opened from a terminal.')
  const sure = await ask({
    title: 'Open this link?',
    text: 'The program in this session printed it. It opens in a new tab.',
    quote: plainText(url, 2000),
    confirm: 'Open',
  })
  if (sure) window.open(url, '_blank', 'noopener,noreferrer')
}

export const TerminalView = (props: TerminalViewProps): JSX.Element => {
  const daemon = useDaemon()
  const [attached, setAttached] = createSignal<AttachedTerminal>()
  const [scrolledUp, setScrolledUp] = createSignal(false)
  const [ctrl, setCtrl] = createSignal(false)
  let box!: HTMLDivElement
  let frame!: HTMLDivElement
  let terminal!: Terminal

  const paste = async (text: string): Promise<void> => {
    if (text === '' || props.readOnly) return
    const bracketed = terminal.modes.bracketedPasteMode
    const sure =
      !needsConfirmation(text, bracketed) ||
      (await ask({
        title: 'Paste several lines?',
        text: 'The program does not tell a paste from typing: each line runs as soon as it arrives.',
        quote: text.slice(0, 4000),
        confirm: 'Paste',
      }))
    if (sure) attached()?.type(pasteData(text, bracketed))
    terminal.focus()
  }
  const pasteFromClipboard = (): void => {
    navigator.clipboard.readText().then(paste, () => {
      sayFailure('This browser did not let the page read the clipboard. Use its own Paste command.')
    })
  }
  const typedAs = (data: string): string => {
    if (!ctrl()) return data
    setCtrl(false)
    return withControl(data)
  }
  const takeControl = (): void => {
    const fits = fitsIn(box, terminal)
    if (fits) attached()?.resize(fits)
    attached()?.takeControl()
    terminal.focus()
  }

  onMount(() => {
    terminal = createTerminal(frame, props.size, (text) => void openLink(text))
    installKeys(terminal)
    const freshLinks = keepLinksFresh(terminal, frame)
    terminal.onTitleChange((title) => props.onTitle(plainText(title, 80)))
    const watchScroll = (): void => {
      const buffer = terminal.buffer.active
      setScrolledUp(buffer.viewportY < buffer.baseY)
    }
    terminal.onScroll(watchScroll)
    terminal.onWriteParsed(watchScroll)
    const connection = attachTerminal(daemon.client, terminal, {
      session: props.session,
      readOnly: props.readOnly,
      size: fitsIn(box, terminal) ?? props.size,
      alone: props.alone && !props.readOnly && props.live,
      typedAs,
    })
    setAttached(connection)
    layoutTerminal({ box, frame, terminal, owned: connection.owned, size: connection.size, onFit: connection.resize })
    createEffect(() => {
      terminal.options.theme = isDark() ? darkTheme : lightTheme
      terminal.options.minimumContrastRatio = isDark() ? minimumContrast.dark : minimumContrast.light
    })
    createEffect(() => {
      terminal.options.screenReaderMode = screenReaderMode()
    })
    createEffect(() => {
      const canType = connection.phase() === 'open' && !props.readOnly && props.live
      terminal.options.disableStdin = !canType
      terminal.options.cursorInactiveStyle = canType ? 'outline' : 'none'
    })
    // A phone would open its keyboard over the output that somebody came to read.
    if (!matchMedia('(pointer: coarse)').matches) terminal.focus()
    onCleanup(() => {
      connection.dispose()
      freshLinks.dispose()
      terminal.dispose()
    })
  })

  const watching = (): boolean => props.live && attached()?.phase() === 'open' && !attached()?.owned()

  return (
    <section class="terminal" aria-label="Terminal" aria-busy={(attached()?.phase() ?? 'waiting') === 'waiting'}>
      <Show when={attached()?.notice()}>
        {(notice) => (
          <div class="terminal-notice" role="status">
            <Icon name="warning" />
            <span>{notice()}</span>
            <button
              type="button"
              class="button quiet icon-only"
              aria-label="Close this notice"
              onClick={() => attached()?.dismissNotice()}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </Show>
      <div
        ref={box}
        class="terminal-box"
        // Not before the stream is asked for: the first size that is offered is the one of an owner's window.
        classList={{ letterboxed: attached()?.owned() === false }}
        // In the capture phase: xterm's own paste would send the text as it is.
        on:paste={{
          capture: true,
          handleEvent: (event: ClipboardEvent) => {
            event.preventDefault()
            event.stopPropagation()
            void paste(event.clipboardData?.getData('text/plain') ?? '')
          },
        }}
      >
        <div ref={frame} class="terminal-frame" />
        <Show when={watching() && !props.readOnly}>
          <button type="button" class="button terminal-chip control" onClick={takeControl}>
            <Icon name="control" />
            Take control
          </button>
        </Show>
        <Show when={watching() && props.readOnly}>
          <span class="terminal-chip watch">
            <Icon name="eye" />
            Watching only
          </span>
        </Show>
        <Show when={scrolledUp()}>
          <button
            type="button"
            class="button terminal-chip latest"
            onClick={() => {
              terminal.scrollToBottom()
              setScrolledUp(false)
              terminal.focus()
            }}
          >
            <Icon name="down" />
            Jump to latest
          </button>
        </Show>
        <Show when={attached()}>{(terminalState) => <TerminalOverlay attached={terminalState()} />}</Show>
      </div>
      <Show when={props.live && !props.readOnly}>
        <TouchKeys
          ctrl={ctrl()}
          onCtrl={() => setCtrl(!ctrl())}
          applicationCursor={() => terminal.modes.applicationCursorKeysMode}
          onKey={(data) => attached()?.type(typedAs(data))}
          onPaste={pasteFromClipboard}
        />
      </Show>
    </section>
  )
}

import { createUniqueId, For, type JSX, Show } from 'solid-js'
import { Icon, type IconName } from './icon.tsx'

export interface MenuItem {
  readonly label: string
  readonly icon: IconName
  readonly dangerous?: boolean
  /** A line above it: what follows is of another kind. */
  readonly ruleBefore?: boolean
  /** Either does something or goes somewhere; a link with `download` leaves the page where it is. */
  readonly run?: () => void
  readonly href?: string
}

const GAP_PX = 4
const EDGE_PX = 8

/** Under its button, or above it where there is no room; always inside the window. */
const place = (button: HTMLElement, menu: HTMLElement): void => {
  const anchor = button.getBoundingClientRect()
  const size = menu.getBoundingClientRect()
  const below = anchor.bottom + GAP_PX
  const top = below + size.height > innerHeight - EDGE_PX ? anchor.top - GAP_PX - size.height : below
  menu.style.top = `${Math.max(EDGE_PX, top)}px`
  menu.style.left = `${Math.max(EDGE_PX, Math.min(anchor.right - size.width, innerWidth - EDGE_PX - size.width))}px`
}

/** A menu button after the ARIA pattern, on the popover API: the browser closes it on Escape, on a click elsewhere, and puts it above all. */
export const MenuButton = (props: { label: string; items: readonly MenuItem[] }): JSX.Element => {
  const id = createUniqueId()
  let button!: HTMLButtonElement
  let menu!: HTMLDivElement
  const items = (): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')]
  const move = (event: KeyboardEvent): void => {
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    event.stopPropagation()
    if (event.key === 'Tab') menu.hidePopover()
    if (to === undefined) return
    event.preventDefault()
    all.at(to % all.length)?.focus()
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button quiet icon-only"
        aria-label={props.label}
        aria-haspopup="menu"
        popovertarget={id}
      >
        <Icon name="more" />
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        class="menu"
        role="menu"
        aria-label={props.label}
        tabindex="-1"
        on:toggle={(event: ToggleEvent) => {
          if (event.newState !== 'open') return
          place(button, menu)
          items()[0]?.focus()
        }}
        onKeyDown={move}
      >
        <For each={props.items}>{(item) => <MenuEntry item={item} close={() => menu.hidePopover()} />}</For>
      </div>
    </>
  )
}

const MenuEntry = (props: { item: MenuItem; close: () => void }): JSX.Element => (
  <>
    <Show when={props.item.ruleBefore}>
      <hr class="menu-rule" />
    </Show>
    <Show
      when={props.item.href}
      fallback={
        <button
          type="button"
          role="menuitem"
          tabindex="-1"
          class="menu-item"
          classList={{ danger: props.item.dangerous ?? false }}
          onClick={() => {
            props.close()
            props.item.run?.()
          }}
        >
          <Icon name={props.item.icon} />
          {props.item.label}
        </button>
      }
    >
      {(href) => (
        <a role="menuitem" tabindex="-1" class="menu-item" href={href()} download="" onClick={() => props.close()}>
          <Icon name={props.item.icon} />
          {props.item.label}
        </a>
      )}
    </Show>
  </>
)

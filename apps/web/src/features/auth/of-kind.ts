/** The view while it is of that kind: no piece of a page gets a view that is not its own. */
export const ofKind = <View extends { readonly kind: string }, Kind extends View['kind']>(view: View, kind: Kind) =>
  view.kind === kind ? (view as Extract<View, { readonly kind: Kind }>) : undefined

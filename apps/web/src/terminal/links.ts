/** The address to show and open, or undefined for anything but http and https (O10: no `javascript:`, `file:`, or application schemes). */
export const safeLink = (text: string): string | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  // Credentials in an address are there to make the host look like another one: https://bank.example@evil.example/
  url.username = ''
  url.password = ''
  return url.href
}

// Runs before the first paint, so that a page never flashes in the wrong colours. The content policy forbids inline
// scripts, hence a file. It decides as src/theme.ts does; a test holds the two together.
;(() => {
  const root = document.documentElement
  const read = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null // Storage is blocked: the system's theme is a fine answer.
    }
  }
  const theme = read('parley.theme')
  if (theme === 'light' || theme === 'dark' || theme === 'contrast') root.dataset.theme = theme
  else if (matchMedia('(prefers-contrast: more)').matches) root.dataset.theme = 'contrast'
  root.dataset.density = read('parley.density') === 'compact' ? 'compact' : 'comfortable'
})()

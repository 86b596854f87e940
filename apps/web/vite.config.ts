import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Which build this is: the page carries it, and the server reads it from `build.txt`, so that old tabs notice. */
const BUILD = process.env.PARLEY_BUILD ?? 'development'

const SERVER = 'http://127.0.0.1:8000'

/** Vite passes over scripts that are no modules: this one gets a name of its own content too, so that no visit asks for it again. */
function themeBoot(): Plugin {
  const source = readFileSync(fileURLToPath(new URL('theme-boot.js', import.meta.url)), 'utf8')
  const fileName = `assets/theme-boot-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`
  return {
    name: 'theme-boot',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source })
    },
    transformIndexHtml: (html) => html.replace('/theme-boot.js', `/${fileName}`),
  }
}

export default defineConfig({
  define: { __BUILD__: JSON.stringify(BUILD) },
  plugins: [
    themeBoot(),
    {
      name: 'build-id',
      generateBundle() {
        this.emitFile({ type: 'asset', fileName: 'build.txt', source: BUILD })
      },
    },
  ],
  // The JSX comes from tsconfig.json (jsxImportSource: preact); no plugin is needed for that.
  build: {
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    cssTarget: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    // The server's policy allows no data: scripts or styles, and a second small request costs less than a bigger bundle.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': { target: SERVER },
      '/socket': { target: SERVER, ws: true },
    },
  },
})

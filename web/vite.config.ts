import { defineConfig } from "vitest/config";
import { languages } from "./chat/languages.ts";

// File names carry no hash: the server's own templates link /assets/chat.css, and the server
// revalidates by ETag. Nothing is inlined, so the page lives under `default-src 'self'`.
export default defineConfig({
  plugins: [languages()],
  build: {
    target: ["chrome87", "firefox78", "safari14"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { chat: "index.html" },
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/hoi": "http://127.0.0.1:8000" } },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"] },
});

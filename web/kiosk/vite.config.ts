import { defineConfig } from "vite";

// The pages of screens: kiosk, board, the page on a phone that takes a conversation along, and the worker that keeps
// the empty pages. What they share lies in one file of its own, so that the worker knows its name.
// Run after the chat's build, which empties the folder.
export default defineConfig({
  publicDir: false,
  build: {
    target: ["chrome87", "firefox78", "safari14"],
    outDir: "dist",
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        kiosk: "kiosk/main.ts",
        board: "kiosk/board.ts",
        continue: "kiosk/continue.ts",
        keeper: "kiosk/keeper.ts",
        "kiosk-style": "kiosk/kiosk.css",
        "board-style": "kiosk/board.css",
      },
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/screens.js",
        assetFileNames: ({ names }) => `assets/${(names[0] ?? "").replace("-style", "")}`,
        codeSplitting: { groups: [{ name: "screens", test: /web\/(shared|chat|kiosk\/(screen|line|texts))/ }] },
      },
    },
  },
});

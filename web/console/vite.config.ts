import { defineConfig } from "vite";

// The officers' console beside the chat: one script and one style sheet of its own in the same folder, so that the
// chat's files stay as they are. Run after the chat's build, which empties the folder.
export default defineConfig({
  publicDir: false,
  build: {
    target: ["chrome87", "firefox78", "safari14"],
    outDir: "dist",
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { console: "console/main.ts" },
      output: { entryFileNames: "assets/[name].js", assetFileNames: "assets/[name][extname]" },
    },
  },
});

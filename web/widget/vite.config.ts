import { defineConfig } from "vite";

// The portal widget's loader: one classic script, since a portal's page embeds it with a plain <script src>. It lies
// beside the pages, not under assets/: the app serves it at /widget.js with the list of sites around it.
// Run after the chat's build, which empties the folder.
export default defineConfig({
  publicDir: false,
  build: {
    target: ["chrome87", "firefox78", "safari14"],
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: { widget: "widget/loader.ts" },
      output: { format: "iife", entryFileNames: "[name].js" },
    },
  },
});

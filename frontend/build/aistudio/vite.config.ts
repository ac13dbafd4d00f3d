import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// No key is defined for the page: the preview authorises its calls.
export default defineConfig({
  plugins: [react()],
  // AI Studio sets DISABLE_HMR. Without hot reload an edit never interrupts running requests.
  server: { hmr: process.env.DISABLE_HMR !== 'true' },
});

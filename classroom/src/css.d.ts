/** Vite makes a file of the page's style. */
declare module '*.css';

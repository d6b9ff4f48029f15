/** What a bundler for browsers gets in the place of funq. CommonJS, for there any name can be imported from it, and what is told is this. */
throw new Error(
  'funq talks to Redis over TCP and runs in Node only, but this is its browser build: import it on the server, and let the browser ask that',
)

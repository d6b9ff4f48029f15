// pm2 start ecosystem.config.cjs
module.exports = {
  apps: [
    {
      name: 'rqworker',
      script: 'node_modules/funq/dist/cli/rqworker.js',
      args: '--shutdown-timeout 30s high default low',
      instances: 2,
      // Not cluster mode: workers share no socket.
      exec_mode: 'fork',
      // pm2 sends SIGINT first, and SIGKILL after this.
      kill_timeout: 40_000,
      env_production: { NODE_ENV: 'production' },
    },
  ],
}

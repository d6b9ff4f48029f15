God.watch do |w|
  w.name = 'rqworker'
  w.dir = '/srv/app'
  w.env = { 'QUEUE' => 'high,default,low', 'REDIS_URL' => 'redis://127.0.0.1:6379' }
  w.start = 'node node_modules/funq/dist/cli/rqworker.js'
  w.stop_signal = 'TERM'
  w.stop_timeout = 40
  w.keepalive
end

# Sidekiq as its guide sets it up: one process, a thread for each job at once. It stores no results.
require 'json'
require 'sidekiq'

ROLE = ARGV[0]
INPUT = JSON.parse(ARGV[1])
PAYLOAD = { 'url' => 'http://example.com' }.freeze
ENV['REDIS_URL'] = "redis://#{INPUT['endpoint']['host']}:#{INPUT['endpoint']['port']}/0"
APP = File.expand_path('sidekiq_app.rb', __dir__)

def answer(value)
  puts value.to_json
  $stdout.flush
end

def ready_to_go
  answer(ready: true)
  $stdin.gets
end

def enqueue(count)
  while count.positive?
    size = [count, INPUT['jobsPerCall']].min
    count -= size
    if size == 1
      Noop.perform_async(PAYLOAD)
    else
      Sidekiq::Client.push_bulk('class' => Noop, 'args' => Array.new(size) { [PAYLOAD] })
    end
  end
end

if ROLE == 'enqueuer'
  require APP
  enqueue(INPUT['warmUp'])
  ready_to_go
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  enqueue(INPUT['jobs'])
  answer(seconds: Process.clock_gettime(Process::CLOCK_MONOTONIC) - start)
else
  ready_to_go
  # A line for each job would be what is measured.
  command = ['sidekiq', '-r', APP, '-q', 'bench', '-c', INPUT['concurrency'].to_s]
  worker = spawn(*command, in: File::NULL, out: File::NULL)
  answer(working: true)
  $stdin.read
  Process.kill('TERM', worker)
  Process.wait(worker)
end

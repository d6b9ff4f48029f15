#!lua flags=allow-oom
-- Gives a job that is queued or scheduled another time; one that is over is now.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 when it is due
-- Returns 'scheduled' or 'queued', its state where that is another one ('started' where a worker has it), or 'gone'
--@include base
--@include place
probe()
local now = clock()
local id, due = ARGV[1], tonumber(ARGV[2])
local r = read(id, 'fn', 'st', 'pr', 'front')
if not r[1] then return 'gone' end
local st = status_of(r[2])
if st ~= 'queued' and st ~= 'scheduled' then return st end
if due <= now and st == 'queued' then return call('ZSCORE', base .. 'queued', id) and 'queued' or 'started' end
if call('ZREM', base .. st, id) == 0 then return st == 'queued' and 'started' or 'gone' end
local key = job_key(id)
if due <= now then
  call('HDEL', key, 'st', 'due')
  call('HSET', key, 'q', now)
  into_queue(id, r[3], r[4])
  ring()
  return 'queued'
end
call('HSET', key, 'st', 'scheduled', 'due', text_of(due))
call('ZADD', base .. 'scheduled', text_of(due), id)
if call('ZRANGE', base .. 'scheduled', 0, 0)[1] == id then ring() end
return 'scheduled'

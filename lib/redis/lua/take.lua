#!lua flags=allow-oom
-- Claims one job by its id, out of `queued`, or out of `scheduled` ahead of its time: the synchronous mode.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 lease ms  3 id  4 default failure ttl
-- Returns {its 4 values as step does or '' if it stands in neither, owed, the time}
--@include base
--@include place
--@include conclude
--@include claim
local now = clock()
local worker, id = ARGV[1], ARGV[3]
local score = call('ZSCORE', base .. 'queued', id)
if score then
  call('ZREM', base .. 'queued', id)
elseif call('ZREM', base .. 'scheduled', id) == 1 then
  score = text_of(whole(read(id, 'pr')[1], 0) * BAND + next_seq(1))
  redis.pcall('HDEL', job_key(id), 'due')
else
  return { '', owed, now }
end
call('ZADD', base .. 'workers', 'GT', now + ARGV[2], worker)
local jobs = hand_over(worker, { id, score }, nil, now, true, 0, ARGV[4])
return { jobs, owed, now }

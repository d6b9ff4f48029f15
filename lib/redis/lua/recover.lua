#!lua flags=allow-oom
-- Takes back what workers hold whose lease has run out: a bounded number of jobs a call.
-- KEYS  1 the queue's prefix
-- ARGV  1 recoveries at which a job fails  2 the error of such a job, as JSON  3 default failure ttl
--       4 the fingerprint of that error
-- Returns {jobs queued again, jobs failed, '1' if there may be more, owed}
-- Only a job that had begun counts a recovery. One that may have begun unnoticed runs alone from now on, as do those
-- counted, so that blame falls on the right one.
--@include base
--@include place
--@include conclude
--@include failure
probe()
local now = clock()
local limit, err, default_ttl = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local requeued, failed, more = 0, 0, 0
for _, worker in ipairs(call('ZRANGEBYSCORE', base .. 'workers', '-inf', now, 'LIMIT', 0, 5)) do
  local mine = base .. 'started:' .. worker
  -- Not HSCAN from 0 each time: it gives up after a thousand empty buckets, which is what it left itself the time before.
  local held = call('HRANDFIELD', mine, 100, 'WITHVALUES')
  for i = 1, #held, 2 do
    local id, key = held[i], job_key(held[i])
    call('HDEL', mine, id)
    local r = read(id, 'fn', 'st', 'n', 'rc', 'on', 'args')
    if not (r[1] or r[6]) then
      write_off(id)
    else
      local begun = r[2] == 'started'
      local recoveries = whole(r[4], 0) + (begun and 1 or 0)
      local attempt = whole(r[3], 1)
      if begun and recoveries >= limit then
        failed = failed + 1
        call('HSET', key, 'st', 'failed', 'end', now, 'err', err, 'rc', recoveries)
        local score = conclude(id, 'failed', now, ttl_of(key, 'failureTtlMs', default_ttl), true,
          call('HGET', base .. 'watched', id), err)
        if score then
          call('ZADD', base .. 'failed', score, id)
          pcall(note_failure, id, ARGV[4], err, now)
        end
      else
        requeued = requeued + 1
        leave_limit(id, not begun)
        call('HSET', key, 'al', 1)
        if begun then
          keep_run(id, attempt, worker, whole(r[5], now), now, 'abandoned')
          call('HSET', key, 'rc', recoveries)
          call('HDEL', key, 'st', 'on', 'w', 'x')
          if attempt > 1 then call('HSET', key, 'n', attempt - 1) else call('HDEL', key, 'n') end
        end
        call('ZADD', base .. 'queued', text_of(place_of(held[i + 1])), id)
      end
    end
  end
  if call('EXISTS', mine) == 1 then more = 1 else call('ZREM', base .. 'workers', worker) end
end
count('failed', failed)
count('recovered', requeued)
if requeued > 0 then ring() end
return { requeued, failed, more, owed }

#!lua flags=allow-oom
-- One queue's upkeep that needs nothing from outside: promotes what is due, forgets ended jobs whose time is over and workers that are idle
-- no more, and rings where jobs wait, for whoever was told of them may have died before it looked.
-- KEYS  1 the queue's prefix
-- ARGV  none
-- Returns {promoted, expired, '1' if there may be more, owed}
--@include base
--@include flags
--@include place
--@include conclude
--@include lapse
probe()
local now = clock()
local promoted, expired, more = promote(now), 0, 0
for _, state in ipairs(ENDED) do
  local went, is_more = expire(state, now)
  if is_more then more = 1 end
  expired = expired + went
end
if promoted == 100 then more = 1 end
admit_stranded(now)
-- Those that died while they were idle.
redis.pcall('ZREMRANGEBYSCORE', base .. 'idle', '-inf', text_of(now - IDLE_MS))
local flags = call('HMGET', base .. 'flags', 'paused', 'suspended')
if probe() > 0 and pause_left(flags, now) == -1 then ring() end
return { promoted, expired, more, owed }

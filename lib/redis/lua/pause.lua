#!lua flags=allow-oom
-- Has a queue hand out nothing for a time, or until it is resumed. What runs goes on.
-- KEYS  1 the queue's prefix
-- ARGV  1 flag: paused or suspended  2 ms, or -1 until it is resumed  3 channel of all workers  4 the queue's name
--       5 who pauses it  6 why; either may be empty
-- Returns 1
--@include base
local ms = tonumber(ARGV[2])
local now = clock()
call('HSET', base .. 'flags', ARGV[1], ms < 0 and 'inf' or string.format('%.0f', now + ms))
-- Of a queue that was forgotten they expire.
call('PERSIST', base .. 'flags')
if ARGV[1] == 'paused' then
  call('DEL', base .. 'pause')
  call('HSET', base .. 'pause', 'since', now, 'by', ARGV[5], 'reason', ARGV[6])
  if ms >= 0 then call('PEXPIRE', base .. 'pause', string.format('%.0f', ms)) end
end
-- Workers give back what they have claimed ahead.
call('PUBLISH', ARGV[3], 'pause ' .. ARGV[4])
return 1

-- Counts jobs in that are about to be enqueued. Told twice it changes nothing.
-- KEYS  1 the group's prefix
-- ARGV  1 ms that it is kept  2... job@queue
-- Returns 'added', 'sealed' where no more may come, or 'gone'
--@include base
--@include group
if call('EXISTS', info) == 0 then return 'gone' end
local sealed = call('HGET', info, 'sealed')
for i = 2, #ARGV do
  if not call('ZSCORE', base .. 'members', ARGV[i]) then
    if sealed then return 'sealed' end
    call('ZADD', base .. 'members', call('HINCRBY', info, 'total', 1), ARGV[i])
    call('SADD', base .. 'open', ARGV[i])
  end
end
call('HSET', info, 'touched', clock())
keep(ARGV[1])
return 'added'

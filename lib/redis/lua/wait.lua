#!lua flags=allow-oom
-- The outcomes of jobs that have ended; of the others, notes who wants to be told.
-- KEYS  1 the queue's prefix
-- ARGV  1 the channel of the client that waits  2... ids
-- Returns two values an id: 'waits' or 'gone' and '', or the status and its payload
--@include base
local channel = ARGV[1]
local answers = {}
for i = 2, #ARGV do
  local id = ARGV[i]
  local r = read(id, 'fn', 'st', 'res', 'err', 'why')
  local status, payload = 'waits', ''
  if not r[1] then
    status = 'gone'
  elseif r[2] == 'finished' then
    status, payload = r[2], r[3] or ''
  elseif r[2] == 'failed' or r[2] == 'stopped' then
    status, payload = r[2], r[4] or ''
  elseif r[2] == 'canceled' then
    status, payload = r[2], r[5] or ''
  else
    local watch = call('HGET', base .. 'watched', id)
    if not watch then
      call('HSET', base .. 'watched', id, channel)
    elseif not string.find(',' .. watch .. ',', ',' .. channel .. ',', 1, true) then
      call('HSET', base .. 'watched', id, watch .. ',' .. channel)
    end
  end
  answers[#answers + 1] = status
  answers[#answers + 1] = payload
end
return answers

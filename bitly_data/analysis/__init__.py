"""Numbers from series: a period against another, usual scatter, and Bitly's own buckets."""

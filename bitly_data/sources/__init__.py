"""Who answers a question: requests, answers, and what it takes to make them true."""

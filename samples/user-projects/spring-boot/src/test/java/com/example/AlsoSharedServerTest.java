package com.example;

class AlsoSharedServerTest extends SharedServerTest {}
